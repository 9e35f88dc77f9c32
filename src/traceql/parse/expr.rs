//! Conditions on spans, and values worked out from one.

use super::{Parser, Tall};
use crate::name::Name;
use crate::traceql::ast::{Arithmetic, BinaryOp, Comparison, Expr, ExprKind, Literal, Place};
use crate::traceql::fault::{Fault, Result};
use crate::traceql::fold;
use crate::traceql::lex::TokenKind;
use crate::traceql::words;

/// `&&` and `||` are on one level, unlike in most languages.
const LOGIC: u8 = 1;
const COMPARE: u8 = 2;
const SUM: u8 = 3;
const PRODUCT: u8 = 4;
const POWER: u8 = 5;

/// The operator that a symbol is, with its level.
pub(super) fn binary_op(symbol: &str) -> Option<(BinaryOp, u8)> {
    if let Some(comparison) = comparison(symbol) {
        return Some((BinaryOp::Compare(comparison), COMPARE));
    }
    Some(match symbol {
        "&&" => (BinaryOp::And, LOGIC),
        "||" => (BinaryOp::Or, LOGIC),
        "=~" => (BinaryOp::Match, COMPARE),
        "!~" => (BinaryOp::NotMatch, COMPARE),
        _ => {
            let op = arithmetic(symbol)?;
            let level = match op {
                Arithmetic::Add | Arithmetic::Subtract => SUM,
                Arithmetic::Power => POWER,
                _ => PRODUCT,
            };
            (BinaryOp::Arithmetic(op), level)
        }
    })
}

pub(super) fn comparison(symbol: &str) -> Option<Comparison> {
    Some(match symbol {
        "=" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

pub(super) fn arithmetic(symbol: &str) -> Option<Arithmetic> {
    Some(match symbol {
        "+" => Arithmetic::Add,
        "-" => Arithmetic::Subtract,
        "*" => Arithmetic::Multiply,
        "/" => Arithmetic::Divide,
        "%" => Arithmetic::Remainder,
        "^" => Arithmetic::Power,
        _ => return None,
    })
}

impl Parser<'_, '_> {
    /// A whole expression.
    pub(super) fn expr(&mut self) -> Result<Tall<Expr>> {
        self.expr_from(LOGIC)
    }

    /// An expression whose operators are at least at `level`.
    fn expr_from(&mut self, level: u8) -> Result<Tall<Expr>> {
        self.deeper(|parser| {
            let mut left = parser.operand()?;
            while let Some((op, found)) = parser.operator(level) {
                left = match op {
                    BinaryOp::And | BinaryOp::Or => parser.chain(left, op)?,
                    BinaryOp::Compare(Comparison::Equal | Comparison::NotEqual)
                        if matches!(parser.second(), TokenKind::Word("nil")) =>
                    {
                        parser.nil_behind(left, op)?
                    }
                    _ => {
                        parser.at += 1;
                        let right_level = if found == POWER { POWER } else { found + 1 };
                        let right = parser.expr_from(right_level)?;
                        parser.binary(left, op, right)?
                    }
                };
            }
            Ok(left)
        })
    }

    /// The operator that comes next, if it is at least at `level`.
    fn operator(&self, level: u8) -> Option<(BinaryOp, u8)> {
        match self.kind() {
            TokenKind::Symbol(symbol) => binary_op(symbol).filter(|(_, found)| *found >= level),
            _ => None,
        }
    }

    fn binary(&self, left: Tall<Expr>, op: BinaryOp, right: Tall<Expr>) -> Result<Tall<Expr>> {
        let height = self.above(left.height, right.height)?;
        Ok(Tall { tree: fold::binary(left.tree, op, right.tree), height })
    }

    /// `left op x op y ...`, where `op` is `&&` or `||` throughout. Brackets make no difference in
    /// there, so the tree is made as low as it can be: lists of a thousand values are common.
    fn chain(&mut self, left: Tall<Expr>, op: BinaryOp) -> Result<Tall<Expr>> {
        let mut links = Vec::new();
        unchain(left, op, &mut links);
        while self.operator(LOGIC).is_some_and(|(next, _)| next == op) {
            self.at += 1;
            let right = self.expr_from(COMPARE)?;
            unchain(right, op, &mut links);
        }
        self.balanced(links, op)
    }

    fn balanced(&self, mut links: Vec<Tall<Expr>>, op: BinaryOp) -> Result<Tall<Expr>> {
        while links.len() > 1 {
            let mut halved = Vec::with_capacity(links.len().div_ceil(2));
            let mut rest = links.into_iter();
            while let Some(left) = rest.next() {
                halved.push(match rest.next() {
                    Some(right) => self.binary(left, op, right)?,
                    None => left,
                });
            }
            links = halved;
        }
        match links.pop() {
            Some(whole) => Ok(whole),
            None => Err(self.unexpected("an operand")),
        }
    }

    /// `left = nil` or `left != nil`, from the operator on.
    fn nil_behind(&mut self, left: Tall<Expr>, op: BinaryOp) -> Result<Tall<Expr>> {
        self.at += 2;
        let present = op == BinaryOp::Compare(Comparison::NotEqual);
        let place = Place { start: left.tree.place.start, end: self.last_end() };
        let height = self.above(left.height, 0)?;
        let kind = ExprKind::Nil { operand: Box::new(left.tree), present };
        Ok(Tall { tree: Expr { kind, place }, height })
    }

    /// `nil = x` or `nil != x`.
    fn nil_before(&mut self) -> Result<Tall<Expr>> {
        let nil = self.token().place;
        self.at += 1;
        let present = match self.kind() {
            TokenKind::Symbol("=") => false,
            TokenKind::Symbol("!=") => true,
            _ => {
                let message = "`nil` is no value; ask `.a = nil` or `.a != nil`";
                return Err(Fault::parse(nil.start as usize, message));
            }
        };
        self.at += 1;
        let operand = if self.take_word("nil") {
            let place = Place { start: nil.end, end: self.last_end() };
            Tall { tree: Expr { kind: ExprKind::Literal(Literal::Nil), place }, height: 1 }
        } else {
            self.expr_from(SUM)?
        };
        let place = Place { start: nil.start, end: operand.tree.place.end };
        let height = self.above(operand.height, 0)?;
        let kind = ExprKind::Nil { operand: Box::new(operand.tree), present };
        Ok(Tall { tree: Expr { kind, place }, height })
    }

    /// What operators stand between.
    fn operand(&mut self) -> Result<Tall<Expr>> {
        let token = self.token();
        let kind = match &token.kind {
            TokenKind::Symbol("(") => {
                self.at += 1;
                let inside = self.expr_from(LOGIC)?;
                self.expect(")", "an operator or `)`")?;
                return Ok(inside);
            }
            TokenKind::Symbol(sign @ ("!" | "-")) => return self.unary(sign),
            TokenKind::Word("nil") => return self.nil_before(),
            TokenKind::Word("parent") | TokenKind::ParentAttribute => {
                ExprKind::Parent(self.written(token.place).into())
            }
            TokenKind::Literal(literal) => ExprKind::Literal(literal.clone()),
            TokenKind::Word(word) => match (words::bare(word), words::constant(word)) {
                (Some(intrinsic), _) => ExprKind::Field(Name::Intrinsic(intrinsic)),
                (None, Some(literal)) => ExprKind::Literal(literal),
                (None, None) => return Err(self.unexpected("a field or a value")),
            },
            TokenKind::Attribute { .. } | TokenKind::Scope(_) => {
                let field = self.field()?;
                let kind = ExprKind::Field(field.name);
                return Ok(Tall { tree: Expr { kind, place: field.place }, height: 1 });
            }
            _ => return Err(self.unexpected("a field or a value")),
        };
        self.at += 1;
        Ok(Tall { tree: Expr { kind, place: token.place }, height: 1 })
    }

    /// `!x` or `-x`: both take all that is bound by `*` or tighter.
    fn unary(&mut self, sign: &str) -> Result<Tall<Expr>> {
        let start = self.start();
        self.at += 1;
        let operand = self.expr_from(PRODUCT)?;
        let height = self.above(operand.height, 0)?;
        let place = Place { start, end: operand.tree.place.end };
        let tree = match sign {
            "!" => fold::not(operand.tree, place),
            _ => fold::negate(operand.tree, place),
        };
        Ok(Tall { tree, height })
    }
}

/// Adds what `op` stands between in `expr`, and brings booleans together that stand side by side.
fn unchain(expr: Tall<Expr>, op: BinaryOp, links: &mut Vec<Tall<Expr>>) {
    match expr.tree.kind {
        ExprKind::Binary { op: found, left, right } if found == op => {
            let height = expr.height - 1;
            unchain(Tall { tree: *left, height }, op, links);
            unchain(Tall { tree: *right, height }, op, links);
        }
        kind => {
            let tree = Expr { kind, place: expr.tree.place };
            if let Some(last) = links.last_mut()
                && let Some(folded) = fold::logic(&last.tree, op, &tree)
            {
                last.tree = folded;
                return;
            }
            links.push(Tall { tree, height: expr.height });
        }
    }
}
