//! From expressions to nodes.

use super::atom::{self, Atom, Compiled};
use super::fold::{field_and_literal, flatten, fold, join, set_text};
use super::items::{self, ItemNode, table_of};
use super::numbers::NumberTest;
use super::{Node, NodeKind};
use crate::block::Table;
use crate::error::Result;
use crate::name::Name;
use crate::scan::{Comparison, PredicateKind, ScanContext};
use crate::traceql::ast::{BinaryOp, Expr, ExprKind, Literal};
use crate::traceql::eval::{Items, Operand, Program};

/// Compiles the expressions of one filter.
pub struct Compiler<'a> {
    context: &'a ScanContext,
    nodes: usize,
}

impl<'a> Compiler<'a> {
    /// A compiler that orders conditions by what `context` observed.
    pub fn new(context: &'a ScanContext) -> Self {
        Compiler { context, nodes: 0 }
    }

    /// How many nodes were made.
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    fn make(&mut self, kind: NodeKind, text: impl Into<Box<str>>) -> Node {
        self.nodes += 1;
        Node { id: self.nodes - 1, kind, text: text.into() }
    }

    fn constant(&mut self, value: bool) -> Node {
        self.make(NodeKind::Constant(value), if value { "true" } else { "false" })
    }

    /// The spans for which `expr` is true with some event and some link.
    pub fn node(&mut self, expr: &Expr) -> Result<Node> {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(self.constant(*literal == Literal::Bool(true))),
            ExprKind::Parent(_) | ExprKind::Negate(_) => Ok(self.constant(false)),
            ExprKind::Field(name) => self.truth(expr, name, true),
            ExprKind::Not(operand) => match &operand.kind {
                ExprKind::Field(name) if table_of(name).is_none() => self.truth(expr, name, false),
                _ if is_two_valued(operand) => self.complement(operand),
                _ => {
                    let all = self.constant(true);
                    self.rows(expr, all)
                }
            },
            ExprKind::Nil { operand, present } => self.nil(expr, operand, *present),
            ExprKind::Binary { op: BinaryOp::And, .. } => self.all(expr),
            ExprKind::Binary { op: BinaryOp::Or, .. } => self.any(expr),
            ExprKind::Binary { op: BinaryOp::Arithmetic(_), .. } => Ok(self.constant(false)),
            ExprKind::Binary { op, left, right } => self.comparison(expr, *op, left, right),
        }
    }

    /// A boolean field by itself, or with `!` before it. An array is no boolean, though some item
    /// of it may be the one that is looked for.
    fn truth(&mut self, expr: &Expr, name: &Name, value: bool) -> Result<Node> {
        let compiled = atom::compare(name, Comparison::Equal, &Literal::Bool(value))?;
        let among = self.atom(name, compiled, format!("{name} = {value}"));
        self.rows(expr, among)
    }

    fn complement(&mut self, operand: &Expr) -> Result<Node> {
        let inner = Box::new(self.node(operand)?);
        Ok(self.make(NodeKind::Not(inner), ""))
    }

    fn nil(&mut self, expr: &Expr, operand: &Expr, present: bool) -> Result<Node> {
        match &operand.kind {
            ExprKind::Field(name) => {
                let compiled = atom::nil(name, present)?;
                return Ok(self.atom(name, compiled, expr.to_string()));
            }
            ExprKind::Literal(Literal::Nil) => return Ok(self.constant(false)),
            _ => {}
        }
        let among = if present { self.present(&[operand])? } else { self.constant(true) };
        self.rows(expr, among)
    }

    fn comparison(&mut self, expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Node> {
        if let Some((name, op, literal)) = field_and_literal(op, left, right) {
            return match items::compile(name, op, literal)? {
                Compiled::Within(test) => {
                    let among = self.atom(name, Compiled::Exact(test), format!("{name} != nil"));
                    self.rows(expr, among)
                }
                compiled => Ok(self.atom(name, compiled, expr.to_string())),
            };
        }
        if let BinaryOp::Compare(comparison) = op {
            match (&left.kind, &right.kind) {
                (ExprKind::Literal(a), ExprKind::Literal(b)) => {
                    let (a, b) = (Operand::of_literal(a), Operand::of_literal(b));
                    let holds = a.zip(b).is_some_and(|(a, b)| a.compares(comparison, b));
                    return Ok(self.constant(holds));
                }
                (_, ExprKind::Literal(Literal::Bool(value))) if is_two_valued(left) => {
                    match (comparison, *value) {
                        (Comparison::Equal, true) | (Comparison::NotEqual, false) => {
                            return self.node(left);
                        }
                        (Comparison::Equal, false) | (Comparison::NotEqual, true)
                            if Items::of(left).is_none() =>
                        {
                            return self.complement(left);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        let among = self.present(&[left, right])?;
        self.rows(expr, among)
    }

    /// The spans in `among` for which `expr` is true.
    fn rows(&mut self, expr: &Expr, among: Node) -> Result<Node> {
        let kind = NodeKind::Rows {
            program: Program::compile(expr)?,
            numbers: NumberTest::compile(expr),
            among: Box::new(among),
        };
        Ok(self.make(kind, expr.to_string()))
    }

    fn atom(&mut self, name: &Name, compiled: Compiled, text: String) -> Node {
        let test = match compiled {
            Compiled::Never => return self.constant(false),
            Compiled::Exact(test) | Compiled::Within(test) => test,
        };
        let kind = match table_of(name) {
            Some(table) => NodeKind::Items(table, ItemNode::Test(name.clone(), test)),
            None => NodeKind::Atom(Atom { name: name.clone(), test }),
        };
        self.make(kind, text)
    }

    /// Spans that have all fields without which none of `operands` has a value.
    fn present(&mut self, operands: &[&Expr]) -> Result<Node> {
        let mut names = Vec::new();
        operands.iter().for_each(|operand| required(operand, &mut names));
        names.sort_unstable();
        names.dedup();
        let mut parts = Vec::with_capacity(names.len());
        for name in names {
            let compiled = atom::present(name)?;
            parts.push(self.atom(name, compiled, format!("{name} != nil")));
        }
        Ok(self.conjunction(parts))
    }

    // --- conjunctions and disjunctions ----------------------------------------------------------

    /// A chain of `&&`. What its parts say of events has to hold for one event, and likewise of
    /// links; the rest is independent.
    fn all(&mut self, expr: &Expr) -> Result<Node> {
        let mut parts = Vec::new();
        flatten(expr, BinaryOp::And, &mut parts);
        let mut groups: [Vec<&Expr>; 4] = Default::default();
        for part in parts {
            let items = Items::of(part);
            groups[usize::from(items.events) + 2 * usize::from(items.links)].push(part);
        }
        let [plain, events, links, mixed] = groups;
        let mut nodes = Vec::new();
        let (folded, rest) = fold(&plain, Comparison::NotEqual);
        for (name, literals) in folded {
            let compiled = atom::one_of(name, &literals, true)?;
            nodes.push(self.atom(name, compiled, set_text(name, "not in", &literals)));
        }
        for part in rest {
            nodes.push(self.node(part)?);
        }
        if mixed.is_empty() {
            nodes.extend(self.together(&events, Some(Table::Event))?);
            nodes.extend(self.together(&links, Some(Table::Link))?);
        } else {
            nodes.extend(self.together(&[events, links, mixed].concat(), None)?);
        }
        Ok(self.conjunction(nodes))
    }

    /// Parts that have to hold for one event, or one link, or one of both.
    fn together(&mut self, parts: &[&Expr], table: Option<Table>) -> Result<Option<Node>> {
        let whole = match parts {
            [] => return Ok(None),
            [only] => return self.node(only).map(Some),
            parts => join(parts),
        };
        if let Some(table) = table
            && let Some(items) = ItemNode::compile(&whole, table)?
        {
            return Ok(Some(self.make(NodeKind::Items(table, items), whole.to_string())));
        }
        let mut each = Vec::with_capacity(parts.len());
        for part in parts {
            each.push(self.node(part)?);
        }
        let among = self.conjunction(each);
        self.rows(&whole, among).map(Some)
    }

    /// A chain of `||`. Some event makes it true if some event makes one of its parts true.
    fn any(&mut self, expr: &Expr) -> Result<Node> {
        let mut parts = Vec::new();
        flatten(expr, BinaryOp::Or, &mut parts);
        let (folded, rest) = fold(&parts, Comparison::Equal);
        let mut nodes = Vec::new();
        for (name, literals) in folded {
            let compiled = atom::one_of(name, &literals, false)?;
            nodes.push(self.atom(name, compiled, set_text(name, "in", &literals)));
        }
        for part in rest {
            nodes.push(self.node(part)?);
        }
        nodes.retain(|node| !matches!(node.kind, NodeKind::Constant(false)));
        if nodes.iter().any(|node| matches!(node.kind, NodeKind::Constant(true))) {
            return Ok(self.constant(true));
        }
        Ok(match nodes.len() {
            0 => self.constant(false),
            1 => nodes.swap_remove(0),
            _ => self.make(NodeKind::Or(nodes), ""),
        })
    }

    fn conjunction(&mut self, mut nodes: Vec<Node>) -> Node {
        nodes.retain(|node| !matches!(node.kind, NodeKind::Constant(true)));
        if nodes.iter().any(|node| matches!(node.kind, NodeKind::Constant(false))) {
            return self.constant(false);
        }
        nodes.sort_by(|a, b| self.rank(a).total_cmp(&self.rank(b)));
        match nodes.len() {
            0 => self.constant(true),
            1 => nodes.swap_remove(0),
            _ => self.make(NodeKind::And(nodes), ""),
        }
    }

    /// What is looked at first has a low rank: (expected share of rows - 1) / cost, by which
    /// independent filters are best ordered.
    fn rank(&self, node: &Node) -> f64 {
        let (share, cost) = self.estimate(node);
        (share - 1.0) / cost
    }

    /// The share of rows that `node` is expected to match, and what it costs, in scans of a column
    /// of codes.
    fn estimate(&self, node: &Node) -> (f64, f64) {
        let of = |nodes: &[Node], f: &dyn Fn(f64, f64) -> f64, start: f64| {
            nodes
                .iter()
                .map(|n| self.estimate(n))
                .fold((start, 0.0), |(share, cost), (s, c)| (f(share, s), cost + c))
        };
        match &node.kind {
            NodeKind::Constant(value) => (f64::from(*value), 0.1),
            NodeKind::Atom(atom) => {
                let cost = match (atom.test.wanted.kind(), super::needs_trace(&atom.name)) {
                    (_, true) => 20.0,
                    (PredicateKind::Pattern | PredicateKind::NotPattern, _) => 10.0,
                    _ => 1.0,
                };
                (atom.test.expected(&atom.name, self.context), cost)
            }
            NodeKind::Items(..) => (0.1, 10.0),
            NodeKind::And(nodes) => of(nodes, &|a, b| a * b, 1.0),
            NodeKind::Or(nodes) => of(nodes, &|a, b| (a + b).min(1.0), 0.0),
            NodeKind::Not(inner) => {
                let (share, cost) = self.estimate(inner);
                (1.0 - share, cost)
            }
            NodeKind::Rows { among, .. } => {
                let (share, cost) = self.estimate(among);
                (share / 2.0, cost + 1000.0 * share)
            }
        }
    }
}

/// Whether an expression is true or false for every span, never without a value.
fn is_two_valued(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => matches!(literal, Literal::Bool(_)),
        ExprKind::Nil { .. } => true,
        ExprKind::Not(operand) => is_two_valued(operand),
        ExprKind::Binary { op, .. } => !matches!(op, BinaryOp::Arithmetic(_)),
        ExprKind::Field(_) | ExprKind::Parent(_) | ExprKind::Negate(_) => false,
    }
}

/// The fields without which `operand` has no value.
fn required<'e>(operand: &'e Expr, names: &mut Vec<&'e Name>) {
    match &operand.kind {
        ExprKind::Field(name) => names.push(name),
        ExprKind::Negate(operand) => required(operand, names),
        ExprKind::Binary { op: BinaryOp::Arithmetic(_), left, right } => {
            required(left, names);
            required(right, names);
        }
        _ => {}
    }
}
