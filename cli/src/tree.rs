//! The lines that lead from a span to its parent.

use blockpack::graph::TraceGraph;

/// Draws the guides of a trace's spans in their order.
pub struct Guides {
    /// Levels that are drawn; deeper spans say how deep they are instead.
    levels: usize,
    /// For each level above the span at hand, whether a sibling follows further down.
    open: Vec<bool>,
}

impl Guides {
    /// Guides that leave something of `width` columns to the names behind them.
    pub fn within(width: usize) -> Self {
        Guides { levels: width.saturating_sub(6) / 3, open: Vec::new() }
    }

    /// What stands before `node`; nodes must come in order.
    pub fn next(&mut self, graph: TraceGraph<'_>, node: usize) -> String {
        let depth = graph.depths().get(node).map_or(0, |&d| d as usize);
        let Some(parent) = graph.parent(node) else {
            self.open.clear();
            return String::new();
        };
        let lens = graph.subtree_lens();
        let follows = node + lens[node] as usize != parent + lens[parent] as usize;
        self.open.truncate(depth.saturating_sub(1).min(self.levels));
        let mut out = String::new();
        for &open in &self.open {
            out.push_str(if open { "│ " } else { "  " });
        }
        if depth > self.levels {
            out.push_str(&format!("… {depth} "));
        } else {
            out.push_str(if follows { "├ " } else { "└ " });
            self.open.push(follows);
        }
        out
    }
}
