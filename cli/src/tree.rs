//! The lines that lead from a span to its parent.

use blockpack::graph::TraceGraph;

/// Levels that are drawn; deeper spans say how deep they are instead.
const MAX_LEVELS: usize = 24;

/// Draws the guides of a trace's spans in their order.
#[derive(Default)]
pub struct Guides {
    /// For each level above the span at hand, whether a sibling follows further down.
    open: Vec<bool>,
}

impl Guides {
    /// What stands before `node`; nodes must come in order.
    pub fn next(&mut self, graph: TraceGraph<'_>, node: usize) -> String {
        let depth = graph.depths().get(node).map_or(0, |&d| d as usize);
        let Some(parent) = graph.parent(node) else {
            self.open.clear();
            return String::new();
        };
        let lens = graph.subtree_lens();
        let follows = node + lens[node] as usize != parent + lens[parent] as usize;
        self.open.truncate(depth.saturating_sub(1).min(MAX_LEVELS));
        let mut out = String::new();
        for &open in &self.open {
            out.push_str(if open { "│ " } else { "  " });
        }
        if depth > MAX_LEVELS {
            out.push_str(&format!("… {depth} "));
        } else {
            out.push_str(if follows { "├ " } else { "└ " });
            self.open.push(follows);
        }
        out
    }
}
