//! Files mapped into memory: the default for local files.
//!
//! A mapping costs nothing to open and shares the page cache between processes. What it cannot
//! survive is a file that is cut short in place while it is scanned (the kernel answers with a
//! signal). Files of this format are never written in place, only replaced as a whole; for
//! directories where others might not keep to that, use [`super::pread::PreadFile`].

use super::source::{ReadRange, Source, check_ranges};
use crate::bytes::{ByteOwner, Bytes, CountedMapping};
use crate::error::{Error, ErrorKind, Result};
#[cfg(unix)]
use memmap2::UncheckedAdvice;
use memmap2::{Advice, Mmap};
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A file mapped as a whole, read-only.
pub struct MappedFile(Arc<Mapping>);

struct Mapping {
    name: String,
    map: Mmap,
    _counted: CountedMapping,
}

impl ByteOwner for Mapping {
    fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Faults the pages in with one system call where the kernel offers it (Linux 5.14), so that
    /// missing pages are an error; elsewhere asks for read-ahead.
    fn populate(&self, range: Range<usize>) -> Result<()> {
        let end = range.end.min(self.map.len());
        let Some(len) = end.checked_sub(range.start).filter(|&len| len > 0) else {
            return Ok(());
        };
        populate(&self.map, range.start, len).map_err(|e| {
            let message = format!(
                "{}: bytes {} to {end} cannot be read ({e}); the file was cut short while it was \
                 open, or its device fails",
                self.name, range.start
            );
            Error::new(ErrorKind::ShortRead, message).at(range.start as u64)
        })
    }

    fn is_mapping(&self) -> bool {
        true
    }

    fn discard(&self, range: Range<usize>) {
        let start = range.start.next_multiple_of(MAX_PAGE);
        let end = range.end.min(self.map.len()) / MAX_PAGE * MAX_PAGE;
        if start < end {
            discard(&self.map, start, end - start);
        }
    }
}

/// No system that this runs on has larger pages; parts of one would belong to others, too.
const MAX_PAGE: usize = 64 << 10;

/// A part of a file whose pages go back to the system when nobody has it any more.
struct Passing(Bytes);

impl ByteOwner for Passing {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn populate(&self, range: Range<usize>) -> Result<()> {
        match self.0.slice(range.start, range.len()) {
            Some(part) => part.populate(),
            None => Ok(()),
        }
    }

    fn is_mapping(&self) -> bool {
        self.0.is_mapping()
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.0.discard();
    }
}

/// The same bytes, whose pages go back to the system with the last of these and of what is cut from
/// them, if they are of a mapped file.
pub fn passing(part: Bytes) -> Bytes {
    Bytes::from_owner(Arc::new(Passing(part)))
}

impl MappedFile {
    /// Maps the regular file at `path`. The file itself is closed again; the mapping lives until
    /// the source and all [`Bytes`] cut from it are gone.
    ///
    /// Errors: [`ErrorKind::Io`] if it cannot be opened or mapped, [`ErrorKind::NotBlockpack`] if
    /// it is not a regular file.
    pub fn open(path: &Path) -> Result<Self> {
        let (file, _) = super::pread::open_regular(path)?;
        let map = map(&file).map_err(|e| {
            // Out of mappings looks like out of memory, which sends people the wrong way.
            let hint = match e.kind() {
                std::io::ErrorKind::OutOfMemory => " (perhaps too many mappings: vm.max_map_count)",
                _ => "",
            };
            Error::io(format!("mapping {}{hint}", path.display()), e)
        })?;
        let _counted = CountedMapping::new(map.len());
        Ok(MappedFile(Arc::new(Mapping { name: path.display().to_string(), map, _counted })))
    }
}

fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the mapping is read-only, covers the length the file has now, and is unmapped when
    // the last owner is dropped, so its pages stay valid for every slice handed out. What no
    // process can rule out is that another one writes to the file: then bytes change under shared
    // references, or are gone (SIGBUS). Files of this format are written under another name and
    // never changed after they got theirs, and whoever opens a file mapped relies on that (said in
    // the documentation of the module). No code derives memory safety from the content: numbers
    // read from the mapping are bounds-checked where they are used.
    unsafe { Mmap::map(file) }
}

impl Source for MappedFile {
    fn name(&self) -> &str {
        &self.0.name
    }

    fn len(&self) -> u64 {
        self.0.map.len() as u64
    }

    fn map(&self) -> Option<Bytes> {
        Some(Bytes::from_owner(self.0.clone()))
    }

    fn read(&self, ranges: &mut [ReadRange<'_>]) -> Result<()> {
        check_ranges(self, ranges)?;
        for range in ranges {
            let at = range.offset as usize;
            range.dst.copy_from_slice(&self.0.map[at..at + range.dst.len()]);
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn populate(map: &Mmap, offset: usize, len: usize) -> std::io::Result<()> {
    loop {
        match map.advise_range(Advice::PopulateRead, offset, len) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            // An old kernel, or a kind of mapping it can't do this for.
            Err(e) if e.raw_os_error() == Some(libc::EINVAL) => break will_need(map, offset, len),
            done => break done,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn populate(map: &Mmap, offset: usize, len: usize) -> std::io::Result<()> {
    will_need(map, offset, len)
}

#[cfg(unix)]
fn discard(map: &Mmap, offset: usize, len: usize) {
    // SAFETY: a read-only mapping of a file has no pages of its own that could be lost: what is read
    // later comes from the file again, the same bytes as before.
    let _ = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, offset, len) };
}

#[cfg(not(unix))]
fn discard(_: &Mmap, _: usize, _: usize) {}

/// Read-ahead is a hint; that it is not taken is no error.
fn will_need(map: &Mmap, offset: usize, len: usize) -> std::io::Result<()> {
    let _ = map.advise_range(Advice::WillNeed, offset, len);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::pread::PreadFile;
    use super::*;
    use std::io::Write;

    fn file(len: usize) -> (tempfile::NamedTempFile, Vec<u8>) {
        let content: Vec<u8> = (0..len).map(|i| (i / 3) as u8).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&content).unwrap();
        (file, content)
    }

    #[test]
    fn mapped_and_read_files_give_the_same_bytes() {
        for len in [0, 1, 4096, 100_000] {
            let (file, content) = file(len);
            let mapped = MappedFile::open(file.path()).unwrap();
            let pread = PreadFile::open(file.path()).unwrap();
            mapped.map().unwrap().populate().unwrap();
            assert_eq!(&mapped.map().unwrap()[..], &content[..]);
            assert!(pread.map().is_none());
            for source in [&mapped as &dyn Source, &pread] {
                assert_eq!(source.len(), len as u64);
                let (half, mut got) = (len / 2, vec![0; len - len / 2]);
                source.read(&mut [ReadRange { offset: half as u64, dst: &mut got }]).unwrap();
                assert_eq!(got, &content[half..]);
                let past = &mut [ReadRange { offset: half as u64 + 1, dst: &mut got }];
                let e = source.read(past).unwrap_err();
                assert_eq!(e.kind(), ErrorKind::ShortRead);
                assert!(e.message().contains(file.path().to_str().unwrap()), "{e}");
            }
        }
    }

    #[test]
    fn a_file_cut_short_under_us_is_an_error_when_read_or_populated() {
        let (file, _) = file(100_000);
        let mapped = MappedFile::open(file.path()).unwrap();
        let pread = PreadFile::open(file.path()).unwrap();
        file.as_file().set_len(10).unwrap();
        let e = pread.read(&mut [ReadRange { offset: 50_000, dst: &mut [0; 10] }]).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::ShortRead);
        match mapped.map().unwrap().slice(50_000, 10).unwrap().populate() {
            Err(e) => assert_eq!(e.kind(), ErrorKind::ShortRead),
            Ok(()) => eprintln!("this kernel cannot populate mappings; nothing tested"),
        }
    }

    /// How many bytes of `bytes` are in this process's memory, as far as the kernel tells.
    #[cfg(target_os = "linux")]
    fn resident(bytes: &[u8]) -> usize {
        let address = format!("{:x}-", bytes.as_ptr().addr());
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let lines = maps.lines().skip_while(|line| !line.starts_with(&address));
        let rss = lines.skip(1).find_map(|line| line.strip_prefix("Rss:")).unwrap();
        rss.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn pages_of_a_part_go_back_with_its_last_holder() {
        let (file, content) = file(16 * MAX_PAGE);
        let mapped = MappedFile::open(file.path()).unwrap();
        let all = mapped.map().unwrap();
        // Ten whole pages of the largest size, and some of one more at both ends, which stay.
        let part = passing(all.slice(MAX_PAGE - 1000, 10 * MAX_PAGE + 2000).unwrap());
        let others = 6 * MAX_PAGE;
        assert!(part.is_mapping() && all.is_mapping());
        let cut = part.slice(100_000, 500_000).unwrap();
        part.populate().unwrap();
        assert_eq!(&part[..], &content[MAX_PAGE - 1000..][..part.len()]);
        // All of the file, as kernels also map what is around a page that was asked for.
        assert_eq!(&all[..], &content[..]);
        let held = resident(&all);
        drop(part);
        assert!(resident(&all) > others, "somebody has a part of it");
        drop(cut);
        assert!(resident(&all) <= others, "{} of {held}", resident(&all));
        assert_eq!(&all[..], &content[..]);
    }

    #[test]
    fn what_is_no_file_is_refused_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing.bp");
        for (path, kind) in [
            (dir.path(), ErrorKind::NotBlockpack),
            (Path::new("/dev/null"), ErrorKind::NotBlockpack),
            (&missing, ErrorKind::Io),
        ] {
            for e in [MappedFile::open(path).err(), PreadFile::open(path).err()] {
                let e = e.expect("refused");
                assert_eq!(e.kind(), kind);
                assert!(e.message().contains(path.to_str().unwrap()), "{e}");
            }
        }
    }

    #[test]
    fn bytes_outlive_the_source_and_the_name_of_the_file() {
        let (file, content) = file(10_000);
        let part = MappedFile::open(file.path()).unwrap().map().unwrap().slice(64, 100).unwrap();
        drop(file);
        assert_eq!(&part[..], &content[64..164]);
        assert!(!part.is_heap());
    }
}
