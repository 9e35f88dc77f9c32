//! In which column of the picture a service stands, and who stands above whom: callers to the left
//! of whom they call, and few lines across each other.

/// How often columns are sorted by their neighbours; more finds hardly anything better.
const SWEEPS: usize = 24;

/// Nodes in columns. The first nodes are the services; the others are the places where a line passes
/// a column between its ends.
pub struct Columns {
    /// Number of nodes.
    pub nodes: usize,
    /// Nodes of every column from the top down, without services that no line links.
    pub columns: Vec<Vec<usize>>,
    /// For each pair of services the line between them.
    pub lines: Vec<Line>,
}

/// A line from left to right.
pub struct Line {
    /// One node a column; the ends are services.
    pub nodes: Vec<usize>,
    /// Whether the service that is called is on the left.
    pub turned: bool,
}

impl Columns {
    /// Columns for services `0..services` and pairs of caller and callee, which are different ones.
    pub fn new(services: usize, pairs: &[(usize, usize)]) -> Columns {
        let ranks = ranks(services, pairs);
        let turned = |&(caller, callee): &(usize, usize)| ranks[caller] > ranks[callee];
        let rightwards: Vec<(usize, usize)> =
            pairs.iter().map(|p| if turned(p) { (p.1, p.0) } else { *p }).collect();
        let column_of = columns_of(&ranks, &rightwards);
        let mut columns = vec![Vec::new(); column_of.iter().max().map_or(0, |last| last + 1)];
        let mut by_rank: Vec<usize> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
        by_rank.sort_by_key(|&service| ranks[service]);
        by_rank.dedup();
        by_rank.iter().for_each(|&service| columns[column_of[service]].push(service));
        let mut nodes = services;
        let mut lines = Vec::with_capacity(pairs.len());
        for (pair, &(left, right)) in pairs.iter().zip(&rightwards) {
            let mut line = vec![left];
            for column in &mut columns[column_of[left] + 1..column_of[right]] {
                column.push(nodes);
                line.push(nodes);
                nodes += 1;
            }
            line.push(right);
            lines.push(Line { nodes: line, turned: turned(pair) });
        }
        let mut columns = Columns { nodes, columns, lines };
        columns.untangle();
        columns
    }

    /// Sorts columns so that few lines cross.
    fn untangle(&mut self) {
        let mut before = vec![Vec::new(); self.nodes];
        let mut behind = before.clone();
        for step in self.lines.iter().flat_map(|line| line.nodes.windows(2)) {
            behind[step[0]].push(step[1]);
            before[step[1]].push(step[0]);
        }
        let mut best = (self.crossings(&behind), self.columns.clone());
        for sweep in 0..SWEEPS {
            let count = self.columns.len();
            if sweep % 2 == 0 {
                (1..count).for_each(|column| self.sort(column, column - 1, &before));
            } else {
                (1..count).rev().for_each(|column| self.sort(column - 1, column, &behind));
            }
            let crossings = self.crossings(&behind);
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
        }
        self.columns = best.1;
    }

    /// Sorts a column by the mean place of each node's neighbours in `other`. Who has none there
    /// stays about where it is.
    fn sort(&mut self, column: usize, other: usize, neighbours: &[Vec<usize>]) {
        let places = places(&self.columns[other], neighbours.len());
        let scale = self.columns[other].len() as f64 / self.columns[column].len().max(1) as f64;
        let mut keyed: Vec<(f64, usize)> = self.columns[column]
            .iter()
            .enumerate()
            .map(|(place, &node)| match &neighbours[node][..] {
                [] => (place as f64 * scale, node),
                others => {
                    let sum: usize = others.iter().map(|&other| places[other]).sum();
                    (sum as f64 / others.len() as f64, node)
                }
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.columns[column] = keyed.into_iter().map(|(_, node)| node).collect();
    }

    /// How many pairs of lines cross.
    fn crossings(&self, behind: &[Vec<usize>]) -> u64 {
        let between = |pair: &[Vec<usize>]| {
            let places = places(&pair[1], behind.len());
            let ends = pair[0].iter().flat_map(|&node| {
                let mut ends: Vec<usize> = behind[node].iter().map(|&next| places[next]).collect();
                ends.sort_unstable();
                ends
            });
            inversions(ends, pair[1].len())
        };
        self.columns.windows(2).map(between).sum()
    }
}

/// Numbers services so that callers come before whom they call, as far as calls do not go round in a
/// circle: services that nobody calls first, each followed by what it leads to.
fn ranks(services: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let (mut callees, mut callers) = (vec![Vec::new(); services], vec![0usize; services]);
    for &(caller, callee) in pairs {
        callees[caller].push(callee);
        callers[callee] += 1;
    }
    let mut starts: Vec<usize> = (0..services).collect();
    // The last to be visited gets the first rank.
    starts.sort_by_key(|&s| (callers[s], std::cmp::Reverse(callees[s].len())));
    let mut finished = Vec::with_capacity(services);
    let mut seen = vec![false; services];
    for start in starts {
        let mut path = if seen[start] { vec![] } else { vec![(start, 0)] };
        seen[start] = true;
        while let Some((service, next)) = path.last_mut() {
            match callees[*service].get(*next) {
                Some(&callee) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[callee], true) {
                        path.push((callee, 0));
                    }
                }
                None => {
                    finished.push(*service);
                    path.pop();
                }
            }
        }
    }
    places(&finished.into_iter().rev().collect::<Vec<_>>(), services)
}

/// The column of every service: right of all its callers, and callers that nobody calls next to whom
/// they call. `pairs` go from lower to higher ranks.
fn columns_of(ranks: &[usize], pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut pairs = pairs.to_vec();
    let mut columns = vec![0; ranks.len()];
    pairs.sort_by_key(|pair| ranks[pair.0]);
    for &(left, right) in &pairs {
        columns[right] = columns[right].max(columns[left] + 1);
    }
    let mut nearest = vec![usize::MAX; ranks.len()];
    for &(left, right) in &pairs {
        nearest[left] = nearest[left].min(columns[right]);
    }
    for (column, nearest) in columns.iter_mut().zip(nearest) {
        if *column == 0 && nearest != usize::MAX {
            *column = nearest - 1;
        }
    }
    columns
}

/// Where each of `nodes` numbers stands in `order`.
fn places(order: &[usize], nodes: usize) -> Vec<usize> {
    let mut places = vec![0; nodes];
    order.iter().enumerate().for_each(|(place, &node)| places[node] = place);
    places
}

/// How many pairs of `numbers`, all below `end`, are in the wrong order.
fn inversions(numbers: impl Iterator<Item = usize>, end: usize) -> u64 {
    // A tree of counts: each entry is the count of numbers in a range that ends at it.
    let mut counts = vec![0u64; end + 1];
    let (mut before, mut found) = (0, 0);
    for number in numbers {
        let mut not_greater = 0;
        let mut at = number + 1;
        while at > 0 {
            not_greater += counts[at];
            at &= at - 1;
        }
        found += before - not_greater;
        before += 1;
        let mut at = number + 1;
        while at <= end {
            counts[at] += 1;
            at += at & at.wrapping_neg();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_stand_left_of_whom_they_call() {
        let pairs = [(0, 1), (1, 2), (0, 2), (3, 2)];
        let found = Columns::new(4, &pairs);
        assert_eq!(found.columns.len(), 3);
        assert_eq!(found.columns[0], [0]);
        assert!(found.columns[1].contains(&1) && found.columns[1].contains(&3));
        assert!(found.columns[2].contains(&2));
        assert_eq!(found.lines[2].nodes.len(), 3, "a long line passes the column between");
        assert!(found.lines.iter().all(|line| !line.turned));
    }

    #[test]
    fn calls_in_a_circle_are_drawn_with_one_line_turned() {
        let found = Columns::new(3, &[(0, 1), (1, 2), (2, 0)]);
        assert_eq!(found.columns.iter().map(Vec::len).sum::<usize>(), 4);
        assert_eq!(found.lines.iter().filter(|line| line.turned).count(), 1);
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let found = Columns::new(6, &[(0, 5), (1, 4), (2, 3)]);
        let places = |column: usize| found.columns[column].clone();
        let partners: Vec<usize> = places(0).iter().map(|&service| 5 - service).collect();
        assert_eq!(places(1), partners);
    }

    #[test]
    fn pairs_in_the_wrong_order_are_counted() {
        assert_eq!(inversions([0, 1, 1, 2].into_iter(), 3), 0);
        assert_eq!(inversions([2, 1, 0].into_iter(), 3), 3);
        assert_eq!(inversions([1, 0, 1, 0].into_iter(), 2), 3);
    }

    #[test]
    fn a_chain_of_100_000_services_is_put_in_order() {
        let pairs: Vec<(usize, usize)> = (1..100_000).map(|n| (n - 1, n)).collect();
        assert!(ranks(100_000, &pairs).into_iter().eq(0..100_000));
    }
}
