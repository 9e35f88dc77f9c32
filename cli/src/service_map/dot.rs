//! The map as a graph in the language of Graphviz.

use super::svg::{error_colour, line_width};
use super::{Calls, Service, ServiceMap};

impl ServiceMap {
    /// The map in the DOT language: `dot -Tsvg` draws it.
    pub fn as_dot(&self, title: &str) -> String {
        let most = self.calls.iter().map(|calls| calls.count).max().unwrap_or(0);
        let mut out = String::from("digraph services {\n");
        out.push_str(&format!("  label={}\n", quoted(title)));
        out.push_str("  labelloc=t\n  rankdir=LR\n  fontname=\"Helvetica\"\n");
        out.push_str("  node [shape=box style=rounded fontname=\"Helvetica\" fontsize=12]\n");
        out.push_str("  edge [fontname=\"Helvetica\" fontsize=9 arrowsize=0.7]\n");
        for Service { name, .. } in &self.services {
            out.push_str(&format!("  {}\n", quoted(name)));
        }
        for calls in &self.calls {
            out.push_str(&self.dot_edge(calls, most));
        }
        out.push_str("}\n");
        out
    }

    fn dot_edge(&self, calls: &Calls, most: u64) -> String {
        format!(
            "  {} -> {} [label={} tooltip={} color=\"{}\" penwidth={:.1}]\n",
            quoted(&self.services[calls.caller].name),
            quoted(&self.services[calls.callee].name),
            quoted(&calls.label()),
            quoted(&calls.details()),
            error_colour(calls.error_share()),
            line_width(calls.count, most),
        )
    }
}

/// `text` as a string of DOT that stands for itself.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(quoted("a\"b\\\nc"), r#""a\"b\\ c""#);
    }
}
