//! Flatbuffers, as far as Arrow's messages need them. They are built from the back, so that what is
//! referred to has a place before it is referred to.

/// A buffer that grows towards its beginning. Places are counted from its end.
#[derive(Default)]
pub struct Flat {
    /// Its bytes, the last one first.
    reversed: Vec<u8>,
}

/// Where something is, as bytes from the end.
#[derive(Clone, Copy)]
pub struct Place(usize);

/// A field of a table.
#[derive(Clone, Copy)]
pub enum Slot {
    /// Left out: the default.
    Default,
    /// An integer, of this many bytes.
    Number(i64, usize),
    /// A reference to a table, vector or text.
    At(Place),
}

impl Flat {
    /// Puts zeros before what is there, so that it will be aligned once `more` bytes are before it.
    fn align(&mut self, to: usize, more: usize) {
        while !(self.reversed.len() + more).is_multiple_of(to) {
            self.reversed.push(0);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.reversed.extend(bytes.iter().rev());
    }

    fn number(&mut self, number: i64, bytes: usize) {
        self.align(bytes, bytes);
        self.put(&number.to_le_bytes()[..bytes]);
    }

    fn reference(&mut self, to: Place) {
        self.align(4, 4);
        let distance = self.reversed.len() + 4 - to.0;
        self.put(&(distance as u32).to_le_bytes());
    }

    fn here(&self) -> Place {
        Place(self.reversed.len())
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> Place {
        self.align(4, text.len() + 1);
        self.put(&[0]);
        self.put(text.as_bytes());
        self.number(text.len() as i64, 4);
        self.here()
    }

    /// A vector of references.
    pub fn references(&mut self, list: &[Place]) -> Place {
        for &place in list.iter().rev() {
            self.reference(place);
        }
        self.number(list.len() as i64, 4);
        self.here()
    }

    /// A vector of structs of two integers of 64 bits.
    pub fn pairs(&mut self, list: &[(i64, i64)]) -> Place {
        self.align(8, list.len() * 16);
        for (first, second) in list.iter().rev() {
            self.put(&second.to_le_bytes());
            self.put(&first.to_le_bytes());
        }
        self.number(list.len() as i64, 4);
        self.here()
    }

    /// A table with these fields.
    pub fn table(&mut self, slots: &[Slot]) -> Place {
        let end = self.reversed.len();
        let mut places = vec![0; slots.len()];
        for (slot, place) in slots.iter().zip(&mut places) {
            match *slot {
                Slot::Default => continue,
                Slot::Number(number, bytes) => self.number(number, bytes),
                Slot::At(to) => self.reference(to),
            }
            *place = self.reversed.len();
        }
        // The table begins with the distance to its description, which comes before it.
        self.number(0, 4);
        let start = self.reversed.len();
        for &place in places.iter().rev() {
            self.number(if place == 0 { 0 } else { (start - place) as i64 }, 2);
        }
        self.number((start - end) as i64, 2);
        self.number(4 + 2 * slots.len() as i64, 2);
        let distance = (self.reversed.len() - start) as u32;
        for (byte, at) in distance.to_le_bytes().iter().zip((0..start).rev()) {
            self.reversed[at] = *byte;
        }
        Place(start)
    }

    /// The whole buffer, whose root is `root`; its length is a multiple of 8.
    pub fn finish(mut self, root: Place) -> Vec<u8> {
        self.align(8, 4);
        self.reference(root);
        self.reversed.reverse();
        self.reversed
    }
}
