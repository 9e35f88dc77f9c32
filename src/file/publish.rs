//! Publishing a file atomically: under its name there is the whole file, or what was there before.
//!
//! The bytes go to a temporary file in the same folder, `.blockpack-UUID.tmp`. It gets its final
//! name in one step after they reached the disk. Whatever happens before leaves the name alone: an
//! error removes the temporary file, a killed process or a power cut leaves it behind, to be
//! deleted at leisure. Who may read and write a file that is replaced, may its successor.

use crate::error::{Error, ErrorKind, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file under construction; dropped without [`TempFile::publish`] it is removed.
pub struct TempFile {
    file: BufWriter<File>,
    temp: PathBuf,
    target: PathBuf,
    overwrite: bool,
}

impl TempFile {
    /// Creates a temporary file that is to become `target`; `uuid` makes its name unique.
    ///
    /// Errors: [`ErrorKind::Io`] if the folder is missing or cannot be written to, or if `target` is
    /// a file and `overwrite` is not set; [`ErrorKind::InvalidArgument`] if `target` names no file or
    /// something other than one.
    pub fn create(target: &Path, overwrite: bool, uuid: &[u8; 16]) -> Result<Self> {
        check_target(target, overwrite)?;
        let temp =
            folder(target).join(format!(".blockpack-{:032x}.tmp", u128::from_be_bytes(*uuid)));
        let file = OpenOptions::new().write(true).create_new(true).open(&temp).map_err(|e| {
            Error::io(
                format!("creating {} (temporary name of {})", temp.display(), target.display()),
                e,
            )
        })?;
        let file = BufWriter::with_capacity(128 << 10, file);
        let file = TempFile { file, temp, target: target.to_owned(), overwrite };
        file.inherit_permissions()?;
        Ok(file)
    }

    /// Lets those use the file who may use the one that it replaces.
    fn inherit_permissions(&self) -> Result<()> {
        let Ok(found) = fs::symlink_metadata(&self.target) else { return Ok(()) };
        let (file, wanted) = (self.file.get_ref(), found.permissions());
        // Some file systems refuse what changes nothing.
        let same = file.metadata().is_ok_and(|own| own.permissions() == wanted);
        if same || !found.is_file() {
            return Ok(());
        }
        let doing = || format!("setting the permissions of {}", self.temp.display());
        file.set_permissions(wanted).map_err(|e| Error::io(doing(), e))
    }

    /// Brings everything to the disk and gives the file its name.
    ///
    /// Without `overwrite`, of several writers of one name exactly one succeeds. With it, the last
    /// one stays. (On file systems without hard links the first promise rests on a check just
    /// before.)
    pub fn publish(mut self) -> Result<()> {
        let flushing = |e| Error::io(format!("writing {}", self.target.display()), e);
        self.file.flush().map_err(flushing)?;
        self.file.get_ref().sync_all().map_err(flushing)?;
        check_target(&self.target, self.overwrite)?;
        let named = if self.overwrite { self.rename() } else { self.link() };
        named.map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.target),
            _ => Error::io(format!("publishing {}", self.target.display()), e),
        })?;
        File::open(folder(&self.target)).and_then(|folder| folder.sync_all()).map_err(|e| {
            let doing = format!(
                "{} is complete and has its name, but its folder could not be synced to disk",
                self.target.display()
            );
            Error::io(doing, e)
        })
    }

    fn rename(&self) -> io::Result<()> {
        fs::rename(&self.temp, &self.target)
    }

    /// Unlike a rename, a link refuses a name that is taken. Dropping `self` removes the other
    /// name.
    fn link(&self) -> io::Result<()> {
        match fs::hard_link(&self.temp, &self.target) {
            Err(e) if links_unsupported(&e) => self.rename(),
            done => done,
        }
    }
}

fn links_unsupported(e: &io::Error) -> bool {
    let codes = [libc::EPERM, libc::ENOTSUP, libc::EOPNOTSUPP, libc::ENOSYS, libc::EMLINK];
    e.raw_os_error().is_some_and(|code| codes.contains(&code))
}

impl Write for TempFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // Gone already if it was renamed; and nothing can be done if it cannot be removed.
        let _ = fs::remove_file(&self.temp);
    }
}

fn folder(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn check_target(target: &Path, overwrite: bool) -> Result<()> {
    let Ok(found) = fs::symlink_metadata(target) else {
        if target.file_name().is_none() || target.as_os_str().as_encoded_bytes().ends_with(b"/") {
            let message = format!("{}: not a name for a file", target.display());
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        // Missing, as it should be; or unreachable, which creating the temporary file will tell.
        return Ok(());
    };
    if !found.is_file() && !found.is_symlink() {
        let message = format!("{}: exists and is not a file, so it stays", target.display());
        return Err(Error::new(ErrorKind::InvalidArgument, message));
    }
    if overwrite { Ok(()) } else { Err(exists(target)) }
}

#[cold]
fn exists(target: &Path) -> Error {
    let message = "exists already: choose another name or ask to overwrite it";
    Error::io(target.display(), io::Error::new(io::ErrorKind::AlreadyExists, message))
}
