//! What columns are: the types that are used here, and the tree that says so to Arrow.

use super::names::Names;
use std::borrow::Cow;

/// Description of an array, as Arrow's C data interface has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Type, as a format string: `l`, `tsn:`, `+s`. Of a dictionary that of the codes.
    pub format: Cow<'static, str>,
    /// Name of the column; empty for the batch itself.
    pub name: String,
    /// Whether there can be nulls.
    pub nullable: bool,
    /// What is in a list or struct.
    pub children: Vec<Schema>,
    /// What codes stand for.
    pub dictionary: Option<Box<Schema>>,
}

/// Type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Bool,
    I64,
    U64,
    F64,
    Timestamp,
    Text,
    Binary,
    /// Byte strings of this length.
    Fixed(usize),
    /// Text that is JSON.
    Json,
    /// Codes of this many bytes into a dictionary of text.
    Codes(u8),
    /// Codes of a byte into a dictionary of names.
    Named(Names),
    List(Box<DataType>),
}

impl Schema {
    /// A struct of `children`, none of which it lacks: a batch, or an item of a list.
    pub(super) fn record(name: &str, nullable: bool, children: Vec<Schema>) -> Self {
        let format = Cow::Borrowed("+s");
        Schema { format, name: name.into(), nullable, children, dictionary: None }
    }

    /// A list of `item`.
    pub(super) fn list(name: &str, item: Schema) -> Self {
        let children = vec![item];
        Schema {
            format: "+l".into(),
            name: name.into(),
            nullable: true,
            children,
            dictionary: None,
        }
    }
}

impl DataType {
    /// The description of a column of this type.
    pub fn schema(&self, name: &str) -> Schema {
        let plain = |format: Cow<'static, str>| Schema {
            format,
            name: name.into(),
            nullable: true,
            children: Vec::new(),
            dictionary: None,
        };
        match self {
            DataType::Bool => plain("b".into()),
            DataType::I64 => plain("l".into()),
            DataType::U64 => plain("L".into()),
            DataType::F64 => plain("g".into()),
            DataType::Timestamp => plain("tsn:".into()),
            DataType::Text | DataType::Json => plain("u".into()),
            DataType::Binary => plain("z".into()),
            DataType::Fixed(len) => plain(format!("w:{len}").into()),
            DataType::Codes(1) | DataType::Named(_) => plain("C".into()).with_dictionary(),
            DataType::Codes(2) => plain("S".into()).with_dictionary(),
            DataType::Codes(_) => plain("I".into()).with_dictionary(),
            DataType::List(item) => Schema::list(name, item.schema("item")),
        }
    }
}

impl Schema {
    fn with_dictionary(mut self) -> Self {
        self.dictionary = Some(Box::new(DataType::Text.schema("")));
        self
    }
}
