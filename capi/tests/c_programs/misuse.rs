//! Writes a C program that misuses every function of the header in the same ways: all pointers
//! NULL, a handle of each other kind, a handle that was freed. And a bug is put into each: a panic.

use std::fmt::Write;

/// A function of the header.
struct Function<'a> {
    name: &'a str,
    returns: &'a str,
    parameters: Vec<Parameter<'a>>,
}

struct Parameter<'a> {
    /// Type without const and stars.
    base: &'a str,
    stars: usize,
}

/// The program, and how many functions it calls.
pub fn program(header: &str) -> (String, usize) {
    let functions = parse(header);
    let is_handle = |base: &str| header.contains(&format!("typedef struct {base} {base};"));
    let mut out =
        String::from("#include \"handles.h\"\n\nextern void bp_test_panics(bool on);\n\n");
    let (mut nulls, mut wrongs, mut deads) = (String::new(), String::new(), String::new());
    let mut panics = String::new();
    for function in &functions {
        panics += &panicking(function, header);
        let nothing = call(function, |parameter| nothing(parameter, header));
        writeln!(nulls, "    {}", expect(function, &nothing, null_answer(function))).unwrap();
        let Some(owner) = function.parameters.first().filter(|p| p.stars == 1 && is_handle(p.base))
        else {
            continue;
        };
        let (name, owner) = (function.name, owner.base);
        let mut storage = String::new();
        let mut number = 0;
        let call = call(function, |parameter| {
            number += 1;
            match number {
                1 => format!("({owner} *)handle"),
                _ => something(parameter, header, number, &mut storage),
            }
        });
        let body = expect(function, &call, "BP_ERR_BAD_HANDLE");
        writeln!(out, "static void misuse_{name}(void *handle) {{\n{storage}    {body}\n}}\n")
            .unwrap();
        if !name.ends_with("_free") {
            writeln!(deads, "    dead = make_{owner}();\n    {owner}_free(({owner} *)dead);")
                .unwrap();
            writeln!(deads, "    misuse_{name}(dead);").unwrap();
        }
        writeln!(wrongs, "    if (strcmp(kind, \"{owner}\") != 0) misuse_{name}(handle);").unwrap();
    }
    write!(
        out,
        "static void null_arguments_answer(void) {{\n{nulls}}}\n\n\
         static void misuse(const char *kind, void *handle) {{\n    \
         uint64_t live = bp_live_handles(BP_HANDLE_ANY);\n{wrongs}    \
         CHECK(bp_live_handles(BP_HANDLE_ANY) == live);\n}}\n\n\
         static void wrong_kinds_answer(void) {{\n\
         #define MISUSE(type) {{ type *handle = make_##type(); misuse(#type, handle); type##_free(handle); }}\n    \
         ALL_HANDLES(MISUSE)\n}}\n\n\
         static void panics_answer(void) {{\n    bp_test_panics(true);\n{panics}    bp_test_panics(false);\n}}\n\n\
         #ifdef BLOCKPACK_CHECKED\nstatic void freed_handles_answer(void) {{\n    void *dead;\n{deads}}}\n#endif\n\n\
         int main(void) {{\n    RUN(null_arguments_answer);\n    RUN(wrong_kinds_answer);\n    RUN(panics_answer);\n\
         #ifdef BLOCKPACK_CHECKED\n    RUN(freed_handles_answer);\n#endif\n    FINISH();\n}}\n"
    )
    .unwrap();
    (out, functions.len())
}

fn parse(header: &str) -> Vec<Function<'_>> {
    let starts = header.match_indices("BP_API").filter(|(at, _)| {
        // A declaration begins a line, alone or after BP_MUST_USE.
        let line = header[..*at].rsplit('\n').next().unwrap_or("");
        line.is_empty() || line == "BP_MUST_USE "
    });
    starts
        .map(|(at, word)| {
            let declaration = header[at + word.len()..].split(';').next().unwrap_or("").trim();
            let (head, parameters) = declaration.split_once('(').expect("parameters");
            let name_at = head.rfind([' ', '*']).map_or(0, |at| at + 1);
            let parameters = parameters.trim_end_matches(')').split(',').map(str::trim);
            Function {
                name: &head[name_at..],
                returns: head[..name_at].trim(),
                parameters: parameters.filter(|p| *p != "void").map(parameter).collect(),
            }
        })
        .collect()
}

fn parameter(text: &str) -> Parameter<'_> {
    let words = text.split([' ', '*']).filter(|word| !word.is_empty() && *word != "const");
    Parameter { base: words.into_iter().next().expect("a type"), stars: text.matches('*').count() }
}

fn call(function: &Function<'_>, argument: impl FnMut(&Parameter<'_>) -> String) -> String {
    let arguments: Vec<String> = function.parameters.iter().map(argument).collect();
    format!("{}({})", function.name, arguments.join(", "))
}

/// A call with all outputs in place, while the body of every function panics.
fn panicking(function: &Function<'_>, header: &str) -> String {
    let mut storage = String::new();
    let mut number = 0;
    let call = call(function, |parameter| {
        number += 1;
        something(parameter, header, number, &mut storage)
    });
    format!("    {{\n{storage}    {}\n    }}\n", expect(function, &call, panic_answer(function)))
}

/// The call as a statement that checks its status, if it has one.
fn expect(function: &Function<'_>, call: &str, status: &str) -> String {
    match function.returns {
        "bp_status" => format!("CHECK_STATUS({call}, {status});"),
        _ => format!("(void){call};").replace("(void)bp_", "bp_"),
    }
}

/// What a call with nothing but NULL and zero answers.
fn null_answer(function: &Function<'_>) -> &'static str {
    match function.name {
        "bp_error_status" => "BP_OK",
        _ => "BP_ERR_NULL_ARGUMENT",
    }
}

/// What a call answers in which the library panics.
fn panic_answer(function: &Function<'_>) -> &'static str {
    match function.name {
        // It tells the status of its argument, and has no other way to say that it cannot.
        "bp_error_status" => "BP_ERR_BAD_HANDLE",
        _ => "BP_ERR_PANIC",
    }
}

/// NULL or zero.
fn nothing(parameter: &Parameter<'_>, header: &str) -> String {
    if parameter.stars > 0 || parameter.base.ends_with("_fn") {
        return "NULL".into();
    }
    match header.contains(&format!("typedef struct {} {{", parameter.base)) {
        true => format!("({}){{0}}", parameter.base),
        false => "0".into(),
    }
}

/// A plausible argument, so that only the handle is wrong.
fn something(
    parameter: &Parameter<'_>,
    header: &str,
    number: usize,
    storage: &mut String,
) -> String {
    let base = parameter.base;
    let init = format!("{}_INIT", base.to_uppercase());
    match parameter.stars {
        0 if nothing(parameter, header) == "0" => "1".into(),
        1 if header.contains(&format!("#define {init} ")) => {
            writeln!(storage, "    {base} storage_{number} = {init};").unwrap();
            format!("&storage_{number}")
        }
        // The error must be the caller's to read or NULL.
        2 if base == "bp_error" => "NULL".into(),
        0 => nothing(parameter, header),
        _ => {
            writeln!(storage, "    uint64_t storage_{number}[8] = {{0}};").unwrap();
            format!("(void *)storage_{number}")
        }
    }
}
