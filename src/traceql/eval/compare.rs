//! How values compare.

use super::value::Operand;
use crate::traceql::ast::Comparison;
use crate::value::{AnyRef, Hex, ValueRef, parse_hex};
use std::cmp::Ordering;

impl Operand<'_> {
    /// Whether `self comparison other` holds. If their types do not compare it does not, whatever
    /// the comparison. Of an array some item has to satisfy it; with `!=` no item may be equal.
    pub fn compares(self, comparison: Comparison, other: Operand<'_>) -> bool {
        let asks_for_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if asks_for_order && !(self.has_order() && other.has_order()) {
            return false;
        }
        match (self, other) {
            (Operand::List(_), Operand::List(_)) => false,
            (Operand::List(list), other) => any_item(list, comparison, |item| order(item, other)),
            (other, Operand::List(list)) => any_item(list, comparison, |item| order(other, item)),
            (a, b) => order(a, b).is_some_and(|order| holds(comparison, order)),
        }
    }

    /// Whether values of its type can be less and more than others, not only equal or not.
    fn has_order(self) -> bool {
        use Operand::{Bool, Id, Kind, Status};
        !matches!(self, Bool(_) | Id(_) | Status(_) | Kind(_))
    }

    /// Whether `test` holds for the text (of an id, its hexadecimal spelling), or for some text of an array; if `negated`, whether there
    /// is a text and it holds for none.
    pub fn matches(self, negated: bool, test: impl Fn(&[u8]) -> bool) -> bool {
        let mut texts = 0;
        let mut found = false;
        let mut look = |operand| {
            let hex;
            let text = match operand {
                Operand::Str(text) => text,
                Operand::Id(id) => {
                    hex = Hex(id).to_string();
                    hex.as_bytes()
                }
                _ => return,
            };
            texts += 1;
            found |= test(text);
        };
        match self {
            Operand::List(list) => scalars(list).for_each(&mut look),
            other => look(other),
        }
        texts > 0 && found != negated
    }
}

fn scalars(list: AnyRef<'_>) -> impl Iterator<Item = Operand<'_>> {
    let items = list.items().filter_map(|item| ValueRef::of_any(item.ok()?).ok());
    items.filter(|item| !matches!(item, ValueRef::List(_))).map(Operand::of)
}

fn any_item<'a>(
    list: AnyRef<'a>,
    comparison: Comparison,
    order: impl Fn(Operand<'a>) -> Option<Ordering>,
) -> bool {
    let mut orders = scalars(list).filter_map(order);
    match comparison {
        Comparison::NotEqual => {
            let mut comparable = false;
            for order in orders {
                if order.is_eq() {
                    return false;
                }
                comparable = true;
            }
            comparable
        }
        _ => orders.any(|order| holds(comparison, order)),
    }
}

/// How two scalars compare; `None` if they do not. What is only equal or not is ordered at random,
/// which [`Operand::compares`] does not show.
fn order(a: Operand<'_>, b: Operand<'_>) -> Option<Ordering> {
    use Operand::*;
    match (a, b) {
        (Int(a) | Duration(a), Int(b) | Duration(b)) => Some(a.cmp(&b)),
        (Int(_) | Duration(_) | Float(_), Int(_) | Duration(_) | Float(_)) => {
            a.number()?.partial_cmp(&b.number()?)
        }
        (Str(a), Str(b)) => Some(a.cmp(b)),
        (Id(a), Id(b)) => Some(without_zeros(a).cmp(without_zeros(b))),
        (Id(id), Str(text)) => Some(compare_id(id, text)),
        (Str(text), Id(id)) => Some(compare_id(id, text).reverse()),
        (Bool(a), Bool(b)) => Some(a.cmp(&b)),
        (Status(a), Status(b)) | (Kind(a), Kind(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

/// Compares an id with its hexadecimal spelling, in which case and leading zeros do not matter.
fn compare_id(id: &[u8], text: &[u8]) -> Ordering {
    match id_of_hex(text) {
        Some(bytes) => without_zeros(id).cmp(without_zeros(&bytes)),
        None => Ordering::Less,
    }
}

/// The id that hexadecimal text says; an odd digit out counts as having a 0 before it.
pub fn id_of_hex(text: &[u8]) -> Option<Vec<u8>> {
    let hex = std::str::from_utf8(text).ok()?;
    if hex.len() % 2 == 1 { parse_hex(&format!("0{hex}")) } else { parse_hex(hex) }
}

/// Bytes of an id without the zeros it starts with.
fn without_zeros(id: &[u8]) -> &[u8] {
    let zeros = id.iter().take_while(|&&b| b == 0).count();
    &id[zeros..]
}

/// Whether values in this order satisfy a comparison.
pub fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
