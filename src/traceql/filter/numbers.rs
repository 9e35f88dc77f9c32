//! Comparisons of numbers, worked out a batch of spans at a time.
//!
//! In a block where each field of a comparison is one column of numbers, the values of a batch are gathered into
//! arrays, and every step is a loop over arrays. It comes to what [`Program`](crate::traceql::eval::Program) gives
//! span by span, which other blocks are asked with.

use crate::block::{Block, Column, Integers, NO_PLACE, Values};
use crate::error::Result;
use crate::name::Name;
use crate::traceql::ast::{Arithmetic, BinaryOp, Comparison, Expr, ExprKind};
use crate::traceql::eval::{Operand, compute, negate, signed};
use crate::traceql::keys::gather;
use crate::value::ValueType;

/// A comparison of fields, or of what is computed of them, with `F` for a field.
#[derive(Debug)]
pub struct NumberTest<F = Name> {
    comparison: Comparison,
    left: Term<F>,
    right: Term<F>,
}

#[derive(Debug)]
enum Term<F> {
    Field(F),
    Literal(Operand<'static>),
    Negate(Box<Term<F>>),
    Compute(Arithmetic, Box<Term<F>>, Box<Term<F>>),
}

/// Numbers of a batch of spans, all of one type.
struct Numbers {
    list: List,
    /// Which spans have one.
    present: Vec<bool>,
}

enum List {
    Int(Vec<i64>),
    Duration(Vec<i64>),
    Float(Vec<f64>),
}

impl NumberTest {
    /// `expr` as such a comparison, if it is one.
    pub fn compile(expr: &Expr) -> Option<NumberTest> {
        match &expr.kind {
            ExprKind::Binary { op: BinaryOp::Compare(comparison), left, right } => {
                let (left, right) = (Term::compile(left)?, Term::compile(right)?);
                Some(NumberTest { comparison: *comparison, left, right })
            }
            _ => None,
        }
    }

    /// The same with the columns of `block`; `None` if a field is anything else there than one column of numbers.
    pub fn in_block<'a>(&self, block: &'a Block) -> Result<Option<NumberTest<&'a Column<'a>>>> {
        let (left, right) = (self.left.in_block(block)?, self.right.in_block(block)?);
        let both = left.zip(right);
        Ok(both.map(|(left, right)| NumberTest { comparison: self.comparison, left, right }))
    }
}

impl Term<Name> {
    fn compile(expr: &Expr) -> Option<Term<Name>> {
        let boxed = |expr: &Expr| Term::compile(expr).map(Box::new);
        match &expr.kind {
            ExprKind::Field(name) => Some(Term::Field(name.clone())),
            ExprKind::Literal(literal) => match Operand::of_literal(literal)? {
                Operand::Int(v) => Some(Term::Literal(Operand::Int(v))),
                Operand::Duration(v) => Some(Term::Literal(Operand::Duration(v))),
                Operand::Float(v) => Some(Term::Literal(Operand::Float(v))),
                _ => None,
            },
            ExprKind::Negate(operand) => Some(Term::Negate(boxed(operand)?)),
            ExprKind::Binary { op: BinaryOp::Arithmetic(op), left, right } => match op {
                // Powers of whole numbers are whole or not, from span to span.
                Arithmetic::Power => None,
                op => Some(Term::Compute(*op, boxed(left)?, boxed(right)?)),
            },
            _ => None,
        }
    }

    fn in_block<'a>(&self, block: &'a Block) -> Result<Option<Term<&'a Column<'a>>>> {
        let boxed = |term: &Self| Ok(term.in_block(block)?.map(Box::new));
        Ok(match self {
            Term::Field(name) => match block.columns_alone(name)? {
                Some(columns) if columns.len() == 1 => {
                    let column = block.column(columns.start)?;
                    is_number(column.value_type).then_some(Term::Field(column))
                }
                _ => None,
            },
            Term::Literal(literal) => Some(Term::Literal(*literal)),
            Term::Negate(operand) => boxed(operand)?.map(Term::Negate),
            Term::Compute(op, left, right) => {
                let both = boxed(left)?.zip(boxed(right)?);
                both.map(|(left, right)| Term::Compute(*op, left, right))
            }
        })
    }
}

/// Whether values of a type are whole numbers, lengths of time or doubles.
fn is_number(value_type: ValueType) -> bool {
    use ValueType::{DurationNs, F64, I64, TimeNs, U64};
    matches!(value_type, I64 | U64 | TimeNs | DurationNs | F64)
}

impl NumberTest<&Column<'_>> {
    /// Adds those of `rows` for which the comparison holds to `passing`.
    pub fn add_passing(&self, rows: &[u32], passing: &mut Vec<u32>) {
        let (left, right) = (self.left.numbers(rows), self.right.numbers(rows));
        let mut passes = left.present;
        passes.iter_mut().zip(&right.present).for_each(|(passes, present)| *passes &= present);
        match (&left.list, &right.list) {
            (List::Int(a) | List::Duration(a), List::Int(b) | List::Duration(b)) => {
                compare(self.comparison, a, b, &mut passes);
            }
            (a, b) => compare(self.comparison, &a.doubles(), &b.doubles(), &mut passes),
        }
        // No branch: nobody could foretell it.
        let mut len = passing.len();
        passing.resize(len + rows.len(), 0);
        for (&row, &passes) in rows.iter().zip(&passes) {
            passing[len] = row;
            len += usize::from(passes);
        }
        passing.truncate(len);
    }
}

/// Leaves of `passes` those for whose numbers the comparison holds.
#[allow(clippy::double_comparisons, reason = "doubles can be neither equal nor unequal")]
fn compare<T: PartialOrd + Copy>(comparison: Comparison, a: &[T], b: &[T], passes: &mut [bool]) {
    #[inline(always)]
    fn each<T: Copy>(a: &[T], b: &[T], passes: &mut [bool], holds: impl Fn(T, T) -> bool) {
        for ((&a, &b), passes) in a.iter().zip(b).zip(passes) {
            *passes &= holds(a, b);
        }
    }
    match comparison {
        Comparison::Equal => each(a, b, passes, |a, b| a == b),
        // What is no number does not differ from one.
        Comparison::NotEqual => each(a, b, passes, |a, b| a < b || a > b),
        Comparison::Less => each(a, b, passes, |a, b| a < b),
        Comparison::LessOrEqual => each(a, b, passes, |a, b| a <= b),
        Comparison::Greater => each(a, b, passes, |a, b| a > b),
        Comparison::GreaterOrEqual => each(a, b, passes, |a, b| a >= b),
    }
}

impl Term<&Column<'_>> {
    /// The numbers of `rows`.
    fn numbers(&self, rows: &[u32]) -> Numbers {
        match self {
            Term::Field(column) => read(column, rows),
            Term::Literal(literal) => {
                let mut numbers = Numbers::like(Some(*literal), rows.len());
                rows.iter().for_each(|_| numbers.push(Some(*literal)));
                numbers
            }
            Term::Negate(operand) => {
                let operand = operand.numbers(rows);
                let mut numbers = Numbers::like(Some(operand.list.one()), rows.len());
                (0..rows.len()).for_each(|at| numbers.push(operand.get(at).and_then(negate)));
                numbers
            }
            Term::Compute(op, left, right) => {
                let (left, right) = (left.numbers(rows), right.numbers(rows));
                // The types of the operands decide that of the result.
                let one = compute(*op, left.list.one(), right.list.one());
                let mut numbers = Numbers::like(one, rows.len());
                for at in 0..rows.len() {
                    let both = left.get(at).zip(right.get(at));
                    numbers.push(both.and_then(|(left, right)| compute(*op, left, right)));
                }
                numbers
            }
        }
    }
}

/// The numbers of `rows` in a column.
fn read(column: &Column<'_>, rows: &[u32]) -> Numbers {
    let mut places = Vec::with_capacity(rows.len());
    column.presence.places(rows.iter().copied(), &mut places);
    let list = match column.values {
        Values::Doubles(doubles) => {
            let get = |&place: &u32| doubles.get(place as usize).copied().unwrap_or(0.0);
            List::Float(places.iter().map(get).collect())
        }
        Values::Integers(Integers { base, offsets }) => {
            let mut list = vec![0; places.len()];
            let whole = |offset| base.wrapping_add(offset);
            match column.value_type {
                ValueType::I64 => gather(offsets, &places, &mut list, |o| whole(o) as i64),
                _ => gather(offsets, &places, &mut list, |o| signed(whole(o))),
            }
            match column.value_type {
                ValueType::DurationNs => List::Duration(list),
                _ => List::Int(list),
            }
        }
        // A checked column of numbers has no others.
        _ => List::Int(vec![0; places.len()]),
    };
    Numbers { list, present: places.iter().map(|&place| place != NO_PLACE).collect() }
}

impl Numbers {
    /// None yet, but room for `count` of the type of `number`.
    fn like(number: Option<Operand<'_>>, count: usize) -> Numbers {
        let list = match number {
            Some(Operand::Float(_)) => List::Float(Vec::with_capacity(count)),
            Some(Operand::Duration(_)) => List::Duration(Vec::with_capacity(count)),
            _ => List::Int(Vec::with_capacity(count)),
        };
        Numbers { list, present: Vec::with_capacity(count) }
    }

    fn push(&mut self, number: Option<Operand<'_>>) {
        self.present.push(number.is_some());
        match (&mut self.list, number) {
            (List::Int(list), Some(Operand::Int(v))) => list.push(v),
            (List::Duration(list), Some(Operand::Duration(v))) => list.push(v),
            (List::Float(list), Some(Operand::Float(v))) => list.push(v),
            (List::Int(list) | List::Duration(list), _) => list.push(0),
            (List::Float(list), _) => list.push(0.0),
        }
    }

    fn get(&self, at: usize) -> Option<Operand<'static>> {
        self.present.get(at).filter(|present| **present)?;
        Some(match &self.list {
            List::Int(list) => Operand::Int(*list.get(at)?),
            List::Duration(list) => Operand::Duration(*list.get(at)?),
            List::Float(list) => Operand::Float(*list.get(at)?),
        })
    }
}

impl List {
    /// A 1 of the type.
    fn one(&self) -> Operand<'static> {
        match self {
            List::Int(_) => Operand::Int(1),
            List::Duration(_) => Operand::Duration(1),
            List::Float(_) => Operand::Float(1.0),
        }
    }

    fn doubles(&self) -> Vec<f64> {
        match self {
            List::Int(list) | List::Duration(list) => list.iter().map(|&v| v as f64).collect(),
            List::Float(list) => list.clone(),
        }
    }
}
