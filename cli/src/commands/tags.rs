//! `blockpack tags`: what can be asked about.

use crate::failure::{Failure, Result, say};
use crate::query::{check, input};
use crate::table::{Align, Table, fit};
use crate::{human, json, print};
use blockpack::Blocks;
use blockpack::name::{Name, Scope};
use blockpack::traceql::{Query, SearchOptions, TagName, TagOptions, tag_names, tag_values};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// List the names of attributes, or the values of one field
///
/// With files alone, lists which attributes spans, resources, events and so on have. With a NAME
/// behind the files, as in span.http.route, .http.route or name, lists its values, a line each. Files
/// are those that 'blockpack query' takes.
#[derive(clap::Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "blockpack tags [OPTIONS] FILE...\n       blockpack tags [OPTIONS] FILE... NAME"
)]
pub struct Args {
    /// Files, and behind them the name of a field
    #[arg(required = true, value_name = "FILE|NAME")]
    words: Vec<OsString>,
    /// List the attributes of one scope
    #[arg(short, long, value_enum)]
    scope: Option<ScopeArg>,
    /// List the values of spans that a query finds
    #[arg(long, value_name = "QUERY")]
    filter: Option<String>,
    /// Values to list at most, 0 for all [default: 1000]
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    /// Print a JSON object a line (keys: name, scope, key, types, values; for values: type, value)
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeArg {
    Span,
    Resource,
    Instrumentation,
    Event,
    Link,
}

const EXAMPLES: &str = "\
Examples:
  blockpack tags shop.bpk
  blockpack tags shop.bpk --scope resource
  blockpack tags shop.bpk span.http.route
  blockpack tags *.bpk name --filter '{ resource.service.name = \"cart\" }'";

/// Values that are listed if nothing else is said.
const MOST_VALUES: usize = 1_000;
/// Longest value that is listed whole in a table.
const WIDTH: usize = 120;

/// Runs the command.
pub fn run(args: Args) -> Result<()> {
    let (files, name) = split(&args)?;
    match name {
        Some(name) if args.scope.is_none() => values(&args, &input::open(&files)?, &name),
        Some(_) => Err(Failure::Usage("--scope is about names; it has no NAME with it".into())),
        None if args.filter.is_some() => Err(about_values("--filter")),
        None if args.limit.is_some() => Err(about_values("--limit")),
        None => names(&args, &input::open(&files)?),
    }
}

fn about_values(option: &str) -> Failure {
    Failure::Usage(format!("{option} is about values; put a NAME behind the files"))
}

/// The files, and the name behind them: what is no file.
fn split(args: &Args) -> Result<(Vec<PathBuf>, Option<Name>)> {
    let files = |words: &[OsString]| words.iter().map(PathBuf::from).collect();
    match args.words.split_last().map(|(last, before)| (last.to_str(), last, before)) {
        Some((Some(text), last, before)) if !before.is_empty() && !Path::new(last).exists() => {
            let name = Name::parse(text).map_err(|e| Failure::Usage(e.to_string()))?;
            Ok((files(before), Some(name)))
        }
        _ => Ok((files(&args.words), None)),
    }
}

fn names(args: &Args, blocks: &Blocks) -> Result<()> {
    let scope = match args.scope {
        None => Scope::Any,
        Some(ScopeArg::Span) => Scope::Span,
        Some(ScopeArg::Resource) => Scope::Resource,
        Some(ScopeArg::Instrumentation) => Scope::Instrumentation,
        Some(ScopeArg::Event) => Scope::Event,
        Some(ScopeArg::Link) => Scope::Link,
    };
    let names = tag_names(blocks, scope)?;
    if args.json {
        return print::text(
            &names.iter().map(|tag| format!("{}\n", name_as_json(tag))).collect::<String>(),
        );
    }
    let mut table =
        Table::new(&[("name", Align::Left), ("values", Align::Right), ("types", Align::Left)]);
    for tag in &names {
        table.row(vec![
            fit(&tag.name().to_string(), WIDTH),
            human::count(tag.values),
            types(tag).join(", "),
        ]);
    }
    print::text(&if names.is_empty() { "no attributes\n".into() } else { table.render() })
}

fn types(tag: &TagName) -> Vec<&'static str> {
    tag.types.iter().map(|of| of.name()).collect()
}

fn name_as_json(tag: &TagName) -> Value {
    let scope = match tag.scope {
        Scope::Any => "any",
        Scope::Span => "span",
        Scope::Resource => "resource",
        Scope::Instrumentation => "instrumentation",
        Scope::Event => "event",
        Scope::Link => "link",
    };
    json!({
        "name": tag.name().to_string(),
        "scope": scope,
        "key": String::from_utf8_lossy(&tag.key),
        "types": types(tag),
        "values": tag.values,
    })
}

fn values(args: &Args, blocks: &Blocks, name: &Name) -> Result<()> {
    let filter = args.filter.as_deref().map(check::compile).transpose()?;
    if filter.as_ref().is_some_and(Query::is_metrics) {
        let message = "--filter is a query that finds spans; this one makes series";
        return Err(Failure::Usage(message.into()));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let search = SearchOptions { threads: cores, ..SearchOptions::default() };
    let options = TagOptions { limit: args.limit.unwrap_or(MOST_VALUES), search };
    let found = tag_values(blocks, name, filter.as_ref(), &options)?;
    let mut out = String::new();
    for value in &found.values {
        match args.json {
            true => {
                let of = value.view().map_or("nil", |view| view.value_type().name());
                let value = value.view().map_or(Value::Null, json::value);
                out.push_str(&json!({ "type": of, "value": value }).to_string());
            }
            false => out.push_str(&fit(&crate::table::printable(&value.to_string()), WIDTH)),
        }
        out.push('\n');
    }
    print::text(&out)?;
    if found.values.is_empty() && !args.json {
        let whose = if filter.is_some() { "no span that the query finds" } else { "no span" };
        let names = "without a name, blockpack tags lists the names there are";
        say(format_args!("blockpack: {whose} has {name}, nor is there such a file; {names}"));
    }
    if found.cut_off {
        say(format_args!("blockpack: there are more values (--limit)"));
    }
    Ok(())
}
