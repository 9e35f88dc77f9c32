//! How deep and how wide traces are.

use super::graphs::{NO_PARENT, TraceGraph, TraceGraphs};

/// Depths and numbers of children of the spans of any number of traces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeShape {
    /// Number of traces.
    pub traces: u64,
    /// Number of trees they fall into: spans without a parent.
    pub trees: u64,
    /// How many spans have 0, 1, 2 and so on spans above them.
    pub by_depth: Vec<u64>,
    /// How many spans have 0, 1, 2 and so on children.
    pub by_children: Vec<u64>,
}

impl TreeShape {
    /// Number of spans.
    pub fn spans(&self) -> u64 {
        self.by_depth.iter().sum()
    }

    /// Depth of the deepest span; 0 if there are none.
    pub fn max_depth(&self) -> usize {
        self.by_depth.len().saturating_sub(1)
    }

    /// The most children that a span has.
    pub fn max_children(&self) -> usize {
        self.by_children.len().saturating_sub(1)
    }

    /// Mean depth of the spans; 0 if there are none.
    pub fn mean_depth(&self) -> f64 {
        mean(&self.by_depth)
    }

    /// Mean number of children of the spans that have any; 0 if there are none.
    pub fn mean_children(&self) -> f64 {
        let parents: u64 = self.by_children.iter().skip(1).sum();
        (self.spans() - self.trees) as f64 / parents.max(1) as f64
    }

    /// Counts the spans of `graph`; `children` is scratch.
    fn add(&mut self, graph: TraceGraph<'_>, children: &mut Vec<usize>) {
        self.traces += 1;
        children.clear();
        children.resize(graph.len(), 0);
        for (&parent, &depth) in graph.parents().iter().zip(graph.depths()) {
            match parent {
                NO_PARENT => self.trees += 1,
                parent => children[parent as usize] += 1,
            }
            count(&mut self.by_depth, depth as usize);
        }
        children.iter().for_each(|&children| count(&mut self.by_children, children));
    }
}

impl TraceGraphs {
    /// How deep and how wide these traces are.
    pub fn shape(&self) -> TreeShape {
        let (mut shape, mut children) = (TreeShape::default(), Vec::new());
        self.iter().for_each(|graph| shape.add(graph, &mut children));
        shape
    }
}

fn count(counts: &mut Vec<u64>, number: usize) {
    if counts.len() <= number {
        counts.resize(number + 1, 0);
    }
    counts[number] += 1;
}

/// Mean of numbers that occur `counts` times each.
fn mean(counts: &[u64]) -> f64 {
    let sum: f64 = counts.iter().enumerate().map(|(n, &count)| n as f64 * count as f64).sum();
    sum / counts.iter().sum::<u64>().max(1) as f64
}
