//! The binary interface as it is recorded in `capi/abi/`: which functions there are, how everything is
//! declared, and where the members of structs lie.
//!
//! `make header` records what was added. It refuses to forget or change what is recorded: programs that
//! were built with the recorded header run with this library. `BLOCKPACK_BLESS=breaking` records that,
//! too, and goes with a new `BP_ABI_VERSION`.

use crate::toolchain::{self, Language, Library, compile};
use std::collections::BTreeSet;
use std::process::Command;
use std::{env, fs};

/// What a header declares, without comments.
pub struct Header {
    /// Prototypes, `#define`s and type definitions, each on a line of its own.
    pub declarations: BTreeSet<String>,
    /// Members of each struct that is not opaque, in order.
    pub structs: Vec<(String, Vec<String>)>,
}

impl Header {
    pub fn parse(header: &str) -> Header {
        let mut found = Header { declarations: BTreeSet::new(), structs: Vec::new() };
        let mut item = String::new();
        for line in without_comments(header).lines().map(str::trim_end) {
            if line.starts_with("#define BP_") {
                found.declarations.insert(one_line(line));
            } else if !(line.starts_with('#') || item.is_empty() && is_linkage(line)) {
                item.push_str(line);
                item.push(' ');
                let open = item.matches('{').count() > item.matches('}').count();
                if !open && line.ends_with([';', '}']) {
                    found.add(&one_line(&item));
                    item.clear();
                }
            }
        }
        found
    }

    fn add(&mut self, item: &str) {
        // Functions in the header itself are not part of the library.
        if item.starts_with("static ") || !item.contains("bp_") {
            return;
        }
        if let Some((before, body)) = item.split_once('{')
            && let Some(name) = before.trim().strip_prefix("typedef struct ")
            && let Some((members, _)) = body.rsplit_once('}')
        {
            let members = members.split(';').map(str::trim).filter(|m| !m.is_empty());
            self.structs.push((name.to_owned(), members.filter_map(member_name).collect()));
        }
        self.declarations.insert(item.to_owned());
    }
}

/// The lines around all declarations that C++ needs, and empty ones.
fn is_linkage(line: &str) -> bool {
    line.is_empty() || line == "}" || line.starts_with("extern \"C\"")
}

fn without_comments(header: &str) -> String {
    let mut rest = header;
    let mut out = String::new();
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let code = |line: &str| line.split("//").next().unwrap_or("").to_owned() + "\n";
    out.lines().map(code).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The name in `const uint8_t *ptr`, `uint8_t uuid[16]` and `int32_t (*read)(void *ctx)`.
fn member_name(member: &str) -> Option<String> {
    let declarator = match member.split_once("(*") {
        Some((_, pointer)) => pointer.split(')').next()?,
        None => member.split('[').next()?.split_whitespace().next_back()?,
    };
    Some(declarator.trim_start_matches('*').to_owned())
}

/// A C program that prints where every member lies.
fn layout_program(header: &Header) -> String {
    let mut code = String::from(
        "#include <blockpack.h>\n#include <stdio.h>\n#define P(text, value) printf(\"%s %zu\\n\", text, \
         (size_t)(value))\nint main(void) {\n",
    );
    for (name, members) in &header.structs {
        for member in members {
            code += &format!("    P(\"{name}.{member} at\", offsetof({name}, {member}));\n");
            code += &format!("    P(\"{name}.{member} size\", sizeof((({name} *)0)->{member}));\n");
        }
        code += &format!("    P(\"{name} size\", sizeof({name}));\n");
    }
    code + "    return 0;\n}\n"
}

/// A struct that states its own size may grow.
fn may_grow(recorded: &str, now: &BTreeSet<String>, header: &Header) -> bool {
    let grown = |name: &str, members: &[String]| {
        let size = |line: &str| line.strip_prefix(&format!("{name} size "))?.parse::<u64>().ok();
        let now = now.iter().find_map(|line| size(line));
        members.first().is_some_and(|m| m == "struct_size") && size(recorded) <= now
    };
    let declared = |name: &str| {
        let body = recorded.strip_suffix(&format!("}} {name};"));
        let init = recorded.starts_with("#define BP_") && recorded.contains("_INIT {sizeof(");
        body.is_some_and(|body| now.iter().any(|line| line.starts_with(body.trim_end())))
            || (init && recorded.contains(&format!("sizeof({name})")))
    };
    header.structs.iter().any(|(name, members)| {
        let sized = members.first().is_some_and(|m| m == "struct_size");
        let size_line = recorded.starts_with(&format!("{name} size "));
        sized && (if size_line { grown(name, members) } else { declared(name) })
    })
}

/// Compares `now` with the record `name`, or writes it.
fn compare(name: &str, now: &BTreeSet<String>, header: &Header) {
    let path = toolchain::root().join("capi/abi").join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let recorded: BTreeSet<String> = text.lines().map(str::to_owned).collect();
    let gone: Vec<_> =
        recorded.difference(now).filter(|line| !may_grow(line, now, header)).collect();
    let bless = env::var("BLOCKPACK_BLESS").ok();
    if bless.as_deref() != Some("breaking") {
        assert!(gone.is_empty(), "{name}: programs in the field need what is gone:\n{gone:#?}");
    }
    if bless.is_some() {
        let lines: Vec<_> = now.iter().map(|line| line.clone() + "\n").collect();
        fs::write(&path, lines.concat()).expect("a writable folder");
    } else {
        let new: Vec<_> = now.difference(&recorded).collect();
        assert!(new.is_empty(), "{name}: new, to be recorded by `make header`:\n{new:#?}");
    }
}

#[test]
fn the_binary_interface_is_the_recorded_one() {
    let header = fs::read_to_string(toolchain::root().join("include/blockpack.h")).expect("header");
    let header = Header::parse(&header);
    assert!(header.structs.len() > 15 && header.declarations.len() > 200, "little was understood");
    fs::create_dir_all(toolchain::root().join("capi/abi")).expect("a writable folder");
    compare("declarations.txt", &header.declarations, &header);
    compare("symbols.txt", &Library::build().exported(), &header);
    if cfg!(target_pointer_width = "64") {
        let program = toolchain::scratch("abi").join("layout.c");
        fs::write(&program, layout_program(&header)).expect("a writable folder");
        let executable = compile(&program, Language::C, Library::build());
        let output = Command::new(executable).output().expect("a program that starts");
        let text = String::from_utf8_lossy(&output.stdout);
        compare("layout-64.txt", &text.lines().map(str::to_owned).collect(), &header);
    }
}
