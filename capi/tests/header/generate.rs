//! Makes the header: cbindgen, and what it has no setting for.

use std::path::Path;

/// Headings, each before the function that opens its part of the header.
const HEADINGS: &[(&str, &str)] = &[
    ("bp_version", "The library"),
    ("bp_error_status", "Errors"),
    ("bp_value_format", "Values"),
    ("bp_writer_open", "Writing files"),
    ("bp_builder_new", "Building blocks in memory"),
    ("bp_reader_open", "Reading files"),
    ("bp_blocks_open_memory", "Blocks"),
    ("bp_blocks_scan", "Scanning columns"),
    ("bp_row_set_new", "Rows of a block"),
    ("bp_row_sets_or", "Rows of a block, and the columns that matched"),
    ("bp_span_set_new", "Spans of many blocks"),
    ("bp_span_set_otlp", "Spans as OTLP"),
    ("bp_columns_new", "Names of fields"),
    ("bp_lazy_fields_new", "The fields of a span"),
    ("bp_matrix_new", "Fields of many spans, as arrays"),
    ("bp_memory", "Memory"),
    ("bp_trace_graphs_build", "Trace graphs"),
    ("bp_trace_graphs_summaries", "Traces in brief"),
    ("bp_trace_graphs_service_graph", "Calls between services"),
    ("bp_span_set_structural", "Relations between spans"),
    ("bp_cancel_new", "Limits"),
    ("bp_query_compile", "Queries"),
    ("bp_explanation_text", "How queries are answered"),
    ("bp_cursor_new", "Searches"),
    ("bp_match_set_len", "What searches find"),
    ("bp_series_new", "Series of spans"),
    ("bp_tag_names_new", "Names and values to ask for"),
    ("bp_arrow_export_span_set", "Spans as Arrow"),
];

/// The header as the sources make it.
pub fn header() -> String {
    let capi = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(capi.join("cbindgen.toml")).expect("cbindgen.toml");
    let bindings = cbindgen::Builder::new().with_crate(capi).with_config(config).generate();
    let mut out = Vec::new();
    bindings.expect("sources that cbindgen can read").write(&mut out);
    let raw = String::from_utf8(out).expect("a header in UTF-8");
    arrange(&plain_types(&raw))
}

/// All structs have typedefs, so `struct` before their names is noise.
fn plain_types(header: &str) -> String {
    let plain = |line: &str| match line.starts_with("typedef struct") {
        true => line.to_owned(),
        false => line.replace("struct bp_", "bp_"),
    };
    header.lines().map(|line| plain(line) + "\n").collect()
}

/// Works paragraph by paragraph: lines up to an empty one.
fn arrange(header: &str) -> String {
    let mut out = String::new();
    let mut constants = "";
    for paragraph in header.split("\n\n") {
        let paragraph = paragraph.trim_matches('\n');
        let declaration = paragraph.lines().find(|l| !l.starts_with("//")).unwrap_or("");
        let group = constant_group(declaration);
        if !out.is_empty() {
            // Constants of one group stand together.
            out.push_str(if group == constants && !group.is_empty() { "\n" } else { "\n\n" });
        }
        constants = group;
        let name = declaration_name(paragraph);
        if let Some((_, heading)) = HEADINGS.iter().find(|(first, _)| name == Some(*first)) {
            out.push_str(&format!("// ---- {heading}\n\n"));
        }
        out.push_str(&must_use(paragraph));
        out.push_str(&initializer(paragraph));
    }
    out + "\n"
}

/// `BP_KIND` of `#define BP_KIND_STR 5`, `BP` of `#define BP_OK 0`; empty for anything else.
fn constant_group(line: &str) -> &str {
    let name = line.strip_prefix("#define ").and_then(|d| d.split(' ').next()).unwrap_or("");
    let underscores: Vec<usize> = name.match_indices('_').map(|(i, _)| i).collect();
    underscores.get(1).or(underscores.first()).map_or("", |&end| &name[..end])
}

/// The function's name, if this paragraph declares one.
fn declaration_name(paragraph: &str) -> Option<&str> {
    let start = paragraph.lines().find(|l| l.starts_with("BP_API"))?;
    let start = paragraph.split_once(start).map(|(before, _)| &paragraph[before.len()..])?;
    start.split('(').next()?.split([' ', '\n']).next_back().map(|n| n.trim_start_matches('*'))
}

/// The `_INIT` macro of a struct that begins with its size: the size, and zero for the rest.
fn initializer(paragraph: &str) -> String {
    let Some((_, body)) = paragraph.split_once("typedef struct ") else { return String::new() };
    let (name, members) = body.split_once(" {").unwrap_or_default();
    let members: Vec<&str> = members.lines().filter(|l| l.ends_with(';')).collect();
    if !members.first().is_some_and(|first| first.contains("size_t struct_size;")) {
        return String::new();
    }
    // The last line closes the struct.
    let rest = members[1..members.len() - 1].iter();
    let zeroes = rest.map(|member| if member.contains('[') { ", {0}" } else { ", 0" });
    let zeroes: String = zeroes.collect();
    format!("\n#define {}_INIT {{sizeof({name}){zeroes}}}", name.to_uppercase())
}

/// Who can be told why a call failed must not drop that it failed.
fn must_use(paragraph: &str) -> String {
    if !paragraph.contains("bp_error **err);") {
        return paragraph.to_owned();
    }
    paragraph
        .replace("\nBP_API\nbp_status ", "\nBP_MUST_USE BP_API\nbp_status ")
        .replace("\nBP_API bp_status ", "\nBP_MUST_USE BP_API bp_status ")
}
