//! Why scans of blocks read no values.

use std::fmt;
use std::ops::AddAssign;

/// Scans of a block that read no value, code or id of any row, by what told their answer without:
/// so many for each reason. (Dictionaries are searched, and presence is copied, without reading
/// values.)
///
/// A scan counts once. Where several columns were asked, as those of a name with several types, or
/// a span's attribute and its resource's, it counts under the last reason, in the order below, that
/// any of them needed. A scan that read a value of one of them counts under none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The file's index of columns, or a filter in it, says that nothing in the block matches.
    pub index: u64,
    /// The block has no column of that name, or none of a type that the value can be in.
    pub no_column: u64,
    /// The smallest and the largest value of the columns say that none matches, or that all do.
    pub bounds: u64,
    /// All rows are alike: a dictionary of one text, which is tested once; or each row has a value,
    /// and whether it has one is all that was asked.
    pub constant: u64,
    /// The dictionary was searched, and none of its texts matches, or all do.
    pub dictionary: u64,
    /// The bounds of all zones of the block say that none matches.
    pub zones: u64,
}

/// What told the answer of a scan of a block, from what is asked first to what is asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Decided {
    Index,
    #[default]
    NoColumn,
    Bounds,
    Constant,
    Dictionary,
    Zones,
    /// Nothing did: values were read.
    Values,
}

impl Decided {
    /// How many there are of those that read no values.
    pub const REASONS: usize = Decided::Values as usize;
}

impl Pruned {
    /// Of counts in the order of [`Decided`].
    pub(super) fn of(counts: [u64; Decided::REASONS]) -> Pruned {
        let [index, no_column, bounds, constant, dictionary, zones] = counts;
        Pruned { index, no_column, bounds, constant, dictionary, zones }
    }

    /// All scans of a block that read no values.
    pub fn total(&self) -> u64 {
        self.reasons().iter().map(|(_, count)| count).sum()
    }

    /// Each reason, named for people.
    pub fn reasons(&self) -> [(&'static str, u64); 6] {
        let Pruned { index, no_column, bounds, constant, dictionary, zones } = *self;
        [
            ("index", index),
            ("no column", no_column),
            ("bounds", bounds),
            ("constant", constant),
            ("dictionary", dictionary),
            ("zones", zones),
        ]
    }
}

impl AddAssign for Pruned {
    fn add_assign(&mut self, other: Pruned) {
        self.index += other.index;
        self.no_column += other.no_column;
        self.bounds += other.bounds;
        self.constant += other.constant;
        self.dictionary += other.dictionary;
        self.zones += other.zones;
    }
}

impl fmt::Display for Pruned {
    /// The reasons that there were, as in `index 28, bounds 3`; without its number if it is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = || self.reasons().into_iter().filter(|(_, count)| *count > 0);
        for (i, (reason, count)) in reasons().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            match reasons().count() {
                1 => f.write_str(reason)?,
                _ => write!(f, "{reason} {count}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reasons_that_there_were_are_said() {
        assert_eq!(Pruned::default().to_string(), "");
        assert_eq!(Pruned { bounds: 3, ..Pruned::default() }.to_string(), "bounds");
        let all = Pruned::of([1, 2, 3, 4, 5, 6]);
        let text = "index 1, no column 2, bounds 3, constant 4, dictionary 5, zones 6";
        assert_eq!((all.to_string().as_str(), all.total()), (text, 21));
        assert_eq!(Pruned::of([28, 0, 3, 0, 0, 0]).to_string(), "index 28, bounds 3");
    }

    #[test]
    fn what_is_asked_later_counts() {
        use Decided::*;
        assert_eq!(Decided::default(), NoColumn);
        assert!(Index < NoColumn && NoColumn < Bounds && Bounds < Constant);
        assert!(Constant < Dictionary && Dictionary < Zones && Zones < Values);
    }
}
