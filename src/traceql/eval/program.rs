//! An expression made ready to run for any number of spans.

use super::compute::{compute, negate};
use super::span::{Binding, Span};
use super::value::Operand;
use crate::block::Table;
use crate::error::Result;
use crate::fields::Compiled;
use crate::name::Scope;
use crate::traceql::ast::{Arithmetic, BinaryOp, Comparison, Expr, ExprKind, Literal};
use crate::traceql::exec::Control;
use crate::traceql::filter::whole_text;
use regex::bytes::Regex;
use std::cell::{Cell, RefCell};

/// A compiled expression.
///
/// Events and links are bound: the expression is evaluated with each event and each link of the
/// span, and with none where the span has none. `!` binds anew for what is under it.
#[derive(Debug)]
pub struct Program {
    root: Op,
    items: Items,
    /// How many `!` bind events or links.
    scopes: usize,
}

/// Which of a span's items an expression mentions, other than under a `!`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// Events.
    pub events: bool,
    /// Links.
    pub links: bool,
}

#[derive(Debug)]
enum Op {
    Literal(Literal),
    Field(Compiled),
    And(Box<Op>, Box<Op>),
    Or(Box<Op>, Box<Op>),
    Not(Box<Op>),
    /// `!` of something that mentions items; the number is its place in [`Run::memo`].
    NotAny(Box<Op>, Items, usize),
    Negate(Box<Op>),
    Nil {
        operand: Box<Op>,
        items: Items,
        present: bool,
    },
    Compare(Comparison, Box<Op>, Box<Op>),
    Match {
        operand: Box<Op>,
        pattern: Regex,
        negated: bool,
    },
    Compute(Arithmetic, Box<Op>, Box<Op>),
}

impl Items {
    /// Neither events nor links.
    pub fn is_none(self) -> bool {
        self == Items::default()
    }

    fn or(self, other: Items) -> Items {
        Items { events: self.events | other.events, links: self.links | other.links }
    }

    /// Those that `expr` mentions.
    pub fn of(expr: &Expr) -> Items {
        match &expr.kind {
            ExprKind::Field(name) => {
                Items { events: name.scope() == Scope::Event, links: name.scope() == Scope::Link }
            }
            ExprKind::Literal(_) | ExprKind::Parent(_) | ExprKind::Not(_) => Items::default(),
            ExprKind::Negate(operand) | ExprKind::Nil { operand, .. } => Items::of(operand),
            ExprKind::Binary { left, right, .. } => Items::of(left).or(Items::of(right)),
        }
    }
}

impl Program {
    /// Makes `expr` ready to run. Errors: a pattern is no regular expression.
    pub fn compile(expr: &Expr) -> Result<Program> {
        let mut scopes = 0;
        let root = compile(expr, &mut scopes)?;
        Ok(Program { root, items: Items::of(expr), scopes })
    }

    /// Whether the expression is true for the span with some of its events and links. `control` is
    /// asked now and then, as these can be many.
    pub fn holds(&self, span: Span<'_>, control: &Control) -> Result<bool> {
        let run = Run::new(self, span, Some(control));
        if self.items.is_none() {
            return run.is_true(&self.root, Binding::default());
        }
        for binding in run.bindings(self.items)? {
            run.tick()?;
            if run.is_true(&self.root, binding)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The value for the span; with the first of its events and links that give any. Of a field
    /// that takes a look at each of them; of other expressions see [`Program::value_watched`].
    pub fn value<'a>(&'a self, span: Span<'a>) -> Result<Option<Operand<'a>>> {
        self.run_for_value(Run::new(self, span, None))
    }

    /// As [`Program::value`], where `control` is asked now and then.
    pub fn value_watched<'a>(
        &'a self,
        span: Span<'a>,
        control: &'a Control,
    ) -> Result<Option<Operand<'a>>> {
        self.run_for_value(Run::new(self, span, Some(control)))
    }

    fn run_for_value<'a>(&'a self, run: Run<'a>) -> Result<Option<Operand<'a>>> {
        if self.items.is_none() {
            return run.value(&self.root, Binding::default());
        }
        for binding in run.bindings(self.items)? {
            run.tick()?;
            if let Some(value) = run.value(&self.root, binding)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

fn compile(expr: &Expr, scopes: &mut usize) -> Result<Op> {
    let mut boxed = |expr: &Expr| compile(expr, scopes).map(Box::new);
    Ok(match &expr.kind {
        ExprKind::Literal(literal) => Op::Literal(literal.clone()),
        ExprKind::Field(name) => Op::Field(Compiled::new(name.clone())),
        ExprKind::Parent(_) => Op::Literal(Literal::Nil),
        ExprKind::Negate(operand) => Op::Negate(boxed(operand)?),
        ExprKind::Not(operand) => {
            let (items, inner) = (Items::of(operand), boxed(operand)?);
            if items.is_none() {
                return Ok(Op::Not(inner));
            }
            *scopes += 1;
            Op::NotAny(inner, items, *scopes - 1)
        }
        // Nil is not compared with itself.
        ExprKind::Nil { operand, .. }
            if matches!(operand.kind, ExprKind::Literal(Literal::Nil)) =>
        {
            Op::Literal(Literal::Bool(false))
        }
        ExprKind::Nil { operand, present } => {
            Op::Nil { items: Items::of(operand), operand: boxed(operand)?, present: *present }
        }
        ExprKind::Binary { op, left, right } => match op {
            BinaryOp::And => Op::And(boxed(left)?, boxed(right)?),
            BinaryOp::Or => Op::Or(boxed(left)?, boxed(right)?),
            BinaryOp::Compare(comparison) => Op::Compare(*comparison, boxed(left)?, boxed(right)?),
            BinaryOp::Arithmetic(op) => Op::Compute(*op, boxed(left)?, boxed(right)?),
            BinaryOp::Match | BinaryOp::NotMatch => {
                let pattern = match &right.kind {
                    ExprKind::Literal(Literal::Str(pattern)) => whole_text(pattern)?,
                    // Validation lets no other through; nothing matches it.
                    _ => return Ok(Op::Literal(Literal::Bool(false))),
                };
                let negated = *op == BinaryOp::NotMatch;
                Op::Match { operand: boxed(left)?, pattern, negated }
            }
        },
    })
}

/// A program that runs for one span.
struct Run<'a> {
    span: Span<'a>,
    /// What each `!` that binds items came to; it does not depend on what is bound around it.
    memo: RefCell<Vec<Option<Option<bool>>>>,
    control: Option<&'a Control>,
    /// What was bound so far.
    bound: Cell<u32>,
}

/// Events and links bound between two looks at whether to stop.
const STRIDE: u32 = 4096;

impl<'a> Run<'a> {
    fn new(program: &Program, span: Span<'a>, control: Option<&'a Control>) -> Self {
        let memo = RefCell::new(vec![None; program.scopes]);
        Run { span, memo, control, bound: Cell::new(0) }
    }

    /// An error if the run is to stop.
    fn tick(&self) -> Result<()> {
        self.bound.set(self.bound.get().wrapping_add(1));
        match self.control {
            Some(control) if self.bound.get().is_multiple_of(STRIDE) => control.check(),
            _ => Ok(()),
        }
    }

    /// Everything that can be bound of `items`.
    fn bindings(&self, items: Items) -> Result<impl Iterator<Item = Binding> + use<'a>> {
        let rows = |wanted: bool, table| -> Result<std::ops::Range<u32>> {
            if wanted { self.span.rows(table) } else { Ok(0..0) }
        };
        let events = all_or_none(rows(items.events, Table::Event)?);
        let links = rows(items.links, Table::Link)?;
        Ok(events.flat_map(move |event| {
            all_or_none(links.clone()).map(move |link| Binding { event, link })
        }))
    }

    /// Whether the value is true; what has none counts as false.
    fn is_true(&self, op: &'a Op, binding: Binding) -> Result<bool> {
        let is_true = |op: &'a Op| self.is_true(op, binding);
        Ok(match op {
            Op::And(a, b) => is_true(a)? && is_true(b)?,
            Op::Or(a, b) => is_true(a)? || is_true(b)?,
            Op::Compare(comparison, a, b) => {
                match (self.operand(a, binding)?, self.operand(b, binding)?) {
                    (Some(a), Some(b)) => a.compares(*comparison, b),
                    _ => false,
                }
            }
            op => matches!(self.operand(op, binding)?, Some(Operand::Bool(true))),
        })
    }

    /// As [`Run::value`], without a call for fields and constants: handing on values takes time.
    #[inline(always)]
    fn operand(&self, op: &'a Op, binding: Binding) -> Result<Option<Operand<'a>>> {
        match op {
            Op::Literal(literal) => Ok(Operand::of_literal(literal)),
            Op::Field(field) => self.span.get(field, binding),
            op => self.value(op, binding),
        }
    }

    fn value(&self, op: &'a Op, binding: Binding) -> Result<Option<Operand<'a>>> {
        let get = |op: &'a Op| self.operand(op, binding);
        Ok(match op {
            Op::Literal(literal) => Operand::of_literal(literal),
            Op::Field(field) => self.span.get(field, binding)?,
            Op::And(..) | Op::Or(..) | Op::Compare(..) => {
                Some(Operand::Bool(self.is_true(op, binding)?))
            }
            Op::Not(operand) => match get(operand)? {
                Some(Operand::Bool(value)) => Some(Operand::Bool(!value)),
                _ => None,
            },
            Op::NotAny(operand, items, place) => {
                self.none_holds(operand, *items, *place)?.map(Operand::Bool)
            }
            Op::Negate(operand) => get(operand)?.and_then(negate),
            Op::Nil { operand, items, present } => {
                let unbound = items.events && binding.event.is_none()
                    || items.links && binding.link.is_none();
                Some(Operand::Bool(!unbound && get(operand)?.is_some() == *present))
            }
            Op::Match { operand, pattern, negated } => {
                let matches =
                    |operand: Operand<'_>| operand.matches(*negated, |text| pattern.is_match(text));
                Some(Operand::Bool(get(operand)?.is_some_and(matches)))
            }
            Op::Compute(op, a, b) => match (get(a)?, get(b)?) {
                (Some(a), Some(b)) => compute(*op, a, b),
                _ => None,
            },
        })
    }

    /// `!operand`, which is false if `operand` is true with any of `items`, true if it is false
    /// with any, and else nothing.
    fn none_holds(&self, operand: &'a Op, items: Items, place: usize) -> Result<Option<bool>> {
        if let Some(Some(known)) = self.memo.borrow().get(place) {
            return Ok(*known);
        }
        let mut result = None;
        for binding in self.bindings(items)? {
            self.tick()?;
            if let Some(Operand::Bool(value)) = self.value(operand, binding)? {
                result = Some(!value);
                if value {
                    break;
                }
            }
        }
        if let Some(place) = self.memo.borrow_mut().get_mut(place) {
            *place = Some(result);
        }
        Ok(result)
    }
}

/// The numbers, or once `None` if there are none.
fn all_or_none(range: std::ops::Range<u32>) -> impl Iterator<Item = Option<u32>> {
    let none = range.is_empty().then_some(None);
    range.map(Some).chain(none)
}
