//! Where the boxes of services and the lines between them go in the picture.

use super::order::{Columns, Line};
use std::collections::HashSet;

/// Between the lines that leave a box.
const LINE_GAP: f64 = 22.0;
/// Between the lines that reach a box.
const ARROW_GAP: f64 = 13.0;
/// Between boxes of a column.
const BOX_GAP: f64 = 22.0;
/// Between lines that pass a column, and boxes.
const PASS_HEIGHT: f64 = 10.0;
/// Width in which lines bend.
const BEND: f64 = 90.0;
const ROUNDS: usize = 60;
/// Least width of rows of boxes.
const ROW_WIDTH: f64 = 640.0;

/// Sizes of what is drawn.
pub struct Sizes<'a> {
    /// Least width and height of the boxes of services.
    pub boxes: &'a [(f64, f64)],
    /// Widths of the texts of lines.
    pub labels: &'a [f64],
}

/// A box, by its left upper corner.
#[derive(Clone, Copy, Default)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A line from left to right. Its text stands at its start.
pub struct Route {
    /// Straight parts, each with begin, end and height; bends are between them.
    pub straights: Vec<(f64, f64, f64)>,
    /// Whether the service that is called is on the left.
    pub turned: bool,
}

/// The whole picture, from 0, 0.
pub struct Layout {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<Rect>,
    /// One for each pair.
    pub routes: Vec<Route>,
}

/// Left edge, right edge, and where lines may bend, of a column.
struct Column {
    left: f64,
    right: f64,
    bend: f64,
}

impl Layout {
    /// Places for services and lines between pairs of caller and callee, which are different ones.
    pub fn new(pairs: &[(usize, usize)], sizes: &Sizes<'_>) -> Layout {
        let services = sizes.boxes.len();
        let order = Columns::new(services, pairs);
        let heights = heights(&order, sizes.boxes);
        let middles = middles(&order, &heights);
        let columns = columns(&order, sizes);
        let mut layout = Layout {
            width: columns.last().map_or(0.0, |column| column.right),
            height: 0.0,
            boxes: vec![Rect::default(); services],
            routes: Vec::new(),
        };
        for (column, nodes) in columns.iter().zip(&order.columns) {
            for &node in nodes {
                let (height, y) = (heights[node], middles[node] - heights[node] / 2.0);
                layout.height = layout.height.max(y + height);
                if node < services {
                    let (x, width) = (column.left, column.right - column.left);
                    layout.boxes[node] = Rect { x, y, width, height };
                }
            }
        }
        layout.routes = routes(&order, services, &columns, &middles);
        let linked: HashSet<usize> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
        layout.add_rows((0..services).filter(|n| !linked.contains(n)), sizes.boxes);
        layout
    }

    /// Puts services without lines in rows below.
    fn add_rows(&mut self, services: impl Iterator<Item = usize>, sizes: &[(f64, f64)]) {
        let most = self.width.max(ROW_WIDTH);
        let (mut x, mut y) =
            (0.0, if self.height > 0.0 { self.height + 2.0 * BOX_GAP } else { 0.0 });
        for service in services {
            let (width, height) = sizes[service];
            if x > 0.0 && x + width > most {
                (x, y) = (0.0, self.height + BOX_GAP);
            }
            self.boxes[service] = Rect { x, y, width, height };
            self.width = self.width.max(x + width);
            self.height = self.height.max(y + height);
            x += width + BOX_GAP;
        }
    }
}

/// Heights of all nodes: of boxes what their texts and the lines at their sides take.
fn heights(order: &Columns, boxes: &[(f64, f64)]) -> Vec<f64> {
    let mut sides = vec![(0, 0); boxes.len()];
    for line in &order.lines {
        sides[line.nodes[0]].1 += 1;
        sides[line.nodes[line.nodes.len() - 1]].0 += 1;
    }
    let mut heights = vec![PASS_HEIGHT; order.nodes];
    for ((height, (left, right)), (_, least)) in heights.iter_mut().zip(sides).zip(boxes) {
        let lines = (f64::from(left) * ARROW_GAP).max(f64::from(right) * LINE_GAP);
        *height = least.max(lines + 8.0);
    }
    heights
}

/// The height at which each node's middle is: near the nodes that it is linked to, long lines
/// straight before all.
fn middles(order: &Columns, heights: &[f64]) -> Vec<f64> {
    let mut links = vec![Vec::new(); heights.len()];
    for line in &order.lines {
        let last = line.nodes.len() - 2;
        for (at, step) in line.nodes.windows(2).enumerate() {
            let weight = [1.0, 2.0, 8.0][usize::from(at > 0) + usize::from(at < last)];
            links[step[0]].push((step[1], weight));
            links[step[1]].push((step[0], weight));
        }
    }
    let mut middles = vec![0.0; heights.len()];
    for nodes in &order.columns {
        settle(nodes, &vec![0.0; nodes.len()], heights, &mut middles);
    }
    let count = order.columns.len();
    for round in 0..ROUNDS {
        for at in 0..count {
            let nodes = &order.columns[if round % 2 == 0 { at } else { count - 1 - at }];
            let wanted: Vec<f64> = nodes
                .iter()
                .map(|&node| {
                    let weight: f64 = links[node].iter().map(|link| link.1).sum();
                    let sum: f64 = links[node].iter().map(|link| middles[link.0] * link.1).sum();
                    if weight > 0.0 { sum / weight } else { middles[node] }
                })
                .collect();
            settle(nodes, &wanted, heights, &mut middles);
        }
    }
    close_gaps(order, heights, &mut middles);
    middles
}

/// Moves nodes up to 0, and to each other where nothing is between them: parts of the map that no
/// line links may be far apart.
fn close_gaps(order: &Columns, heights: &[f64], middles: &mut [f64]) {
    let top = |middles: &[f64], node: usize| middles[node] - heights[node] / 2.0;
    let mut downwards: Vec<usize> = order.columns.iter().flatten().copied().collect();
    downwards.sort_by(|&a, &b| top(middles, a).total_cmp(&top(middles, b)));
    let mut moved = downwards.first().map_or(0.0, |&first| top(middles, first));
    let mut bottom = 0.0;
    for node in downwards {
        moved += (top(middles, node) - moved - bottom - BOX_GAP).max(0.0);
        middles[node] -= moved;
        bottom = f64::max(bottom, middles[node] + heights[node] / 2.0);
    }
}

/// Puts the nodes of a column as near to `wanted` as their order and heights allow, by the squares
/// of the distances. Neighbours that want to be nearer than they may go as one group to the mean of
/// what they want.
fn settle(nodes: &[usize], wanted: &[f64], heights: &[f64], middles: &mut [f64]) {
    let mut offsets = Vec::with_capacity(nodes.len());
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for (at, (&node, wanted)) in nodes.iter().zip(wanted).enumerate() {
        let offset = match at.checked_sub(1) {
            None => 0.0,
            Some(before) => offsets[before] + distance(heights[nodes[before]], heights[node]),
        };
        offsets.push(offset);
        groups.push((wanted - offset, 1));
        while let [.., (above, n), (below, m)] = groups[..]
            && above > below
        {
            let mean = (above * n as f64 + below * m as f64) / (n + m) as f64;
            groups.truncate(groups.len() - 2);
            groups.push((mean, n + m));
        }
    }
    let starts = groups.iter().flat_map(|&(start, n)| std::iter::repeat_n(start, n));
    for ((&node, offset), start) in nodes.iter().zip(offsets).zip(starts) {
        middles[node] = start + offset;
    }
}

/// Between the middles of neighbours of these heights.
fn distance(above: f64, below: f64) -> f64 {
    let lines_only = above == PASS_HEIGHT && below == PASS_HEIGHT;
    (above + below) / 2.0 + if lines_only { 4.0 } else { BOX_GAP }
}

/// Every column as wide as its widest box, with room behind it for the texts of its lines and for
/// bends.
fn columns(order: &Columns, sizes: &Sizes<'_>) -> Vec<Column> {
    let mut left = 0.0;
    let mut columns = Vec::with_capacity(order.columns.len());
    for nodes in &order.columns {
        let widths = nodes.iter().filter_map(|&node| sizes.boxes.get(node));
        let right = left + widths.map(|size| size.0).fold(0.0, f64::max);
        let starts_here =
            order.lines.iter().zip(sizes.labels).filter(|(line, _)| nodes.contains(&line.nodes[0]));
        let label = starts_here.map(|(_, &label)| label).fold(0.0, f64::max);
        columns.push(Column { left, right, bend: right + label });
        left = right + label + BEND;
    }
    columns
}

/// The lines, each from its place at one box to its place at the other.
fn routes(order: &Columns, services: usize, columns: &[Column], middles: &[f64]) -> Vec<Route> {
    let column_of = {
        let mut column_of = vec![0; middles.len()];
        for (column, nodes) in order.columns.iter().enumerate() {
            nodes.iter().for_each(|&node| column_of[node] = column);
        }
        column_of
    };
    let ends = |line: &Line| (line.nodes[0], line.nodes[line.nodes.len() - 1]);
    let leaving = spread(order, services, LINE_GAP, |line| (ends(line).0, line.nodes[1]), middles);
    let reaching = spread(
        order,
        services,
        ARROW_GAP,
        |line| (ends(line).1, line.nodes[line.nodes.len() - 2]),
        middles,
    );
    let route = |(number, line): (usize, &Line)| {
        let last = line.nodes.len() - 1;
        let straight = |(at, &node): (usize, &usize)| {
            let column = &columns[column_of[node]];
            match at {
                0 => (column.right, column.bend, leaving[number]),
                at if at == last => (column.left, column.left, reaching[number]),
                _ => (column.left, column.bend, middles[node]),
            }
        };
        let straights = line.nodes.iter().enumerate().map(straight).collect();
        Route { straights, turned: line.turned }
    };
    order.lines.iter().enumerate().map(route).collect()
}

/// The heights at which lines meet one side of their boxes, in the order of where they come from.
/// `end` gives a line's box, and its next node.
fn spread(
    order: &Columns,
    services: usize,
    gap: f64,
    end: impl Fn(&Line) -> (usize, usize),
    middles: &[f64],
) -> Vec<f64> {
    let mut at_box = vec![Vec::new(); services];
    for (number, line) in order.lines.iter().enumerate() {
        let (service, next) = end(line);
        at_box[service].push((middles[next], number));
    }
    let mut heights = vec![0.0; order.lines.len()];
    for (service, lines) in at_box.iter_mut().enumerate() {
        lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let top = middles[service] - (lines.len() as f64 - 1.0) / 2.0 * gap;
        for (place, &(_, number)) in lines.iter().enumerate() {
            heights[number] = top + place as f64 * gap;
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDING: f64 = 1e-6;

    #[test]
    fn boxes_are_apart_and_lines_meet_them() {
        let pairs = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 0), (4, 2)];
        let layout = Layout::new(&pairs, &Sizes { boxes: &[(100.0, 46.0); 6], labels: &[50.0; 7] });
        for (a, b) in (0..6).flat_map(|a| (0..a).map(move |b| (a, b))) {
            let (a, b) = (layout.boxes[a], layout.boxes[b]);
            let apart = |x: f64, w: f64, y: f64, v: f64| x + w < y || y + v < x;
            assert!(apart(a.x, a.width, b.x, b.width) || apart(a.y, a.height, b.y, b.height));
            let (width, height) = (layout.width + ROUNDING, layout.height + ROUNDING);
            assert!(a.y >= -ROUNDING && a.y + a.height <= height && a.x + a.width <= width);
        }
        for (route, pair) in layout.routes.iter().zip(pairs) {
            let (left, right) = if route.turned { (pair.1, pair.0) } else { pair };
            let (first, last) = (route.straights[0], route.straights[route.straights.len() - 1]);
            let (from, to) = (layout.boxes[left], layout.boxes[right]);
            assert_eq!((first.0, last.1), (from.x + from.width, to.x));
            assert!(from.y <= first.2 && first.2 <= from.y + from.height);
            assert!(to.y <= last.2 && last.2 <= to.y + to.height);
        }
    }

    #[test]
    fn nodes_that_want_the_same_place_share_it_around() {
        let mut middles = vec![0.0; 3];
        settle(&[2, 0, 1], &[50.0, 50.0, 500.0], &[40.0; 3], &mut middles);
        let half = (40.0 + BOX_GAP) / 2.0;
        assert_eq!(middles, [50.0 + half, 500.0, 50.0 - half]);
    }

    #[test]
    fn a_map_without_services_is_empty() {
        let layout = Layout::new(&[], &Sizes { boxes: &[], labels: &[] });
        assert_eq!((layout.boxes.len(), layout.routes.len()), (0, 0));
    }
}
