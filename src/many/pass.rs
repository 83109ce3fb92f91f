//! Is the object already what the file is? By size and by the checksum that the store keeps.

use super::found::Found;
use crate::checksum::{Algorithm, Checksum, Hashing, Scope, WholeChecksum};
use crate::error::Result;
use crate::source::SourceFile;
use crate::store::{Head, KeptChecksum};

/// Whether the object that `head` describes holds the bytes of `file`. Where the store keeps
/// nothing that local bytes can be compared with, it does not. `usual` is the part size that this
/// run would take, for stores that do not tell that of the object.
///
/// # Errors
/// When the file can't be read.
pub(super) fn is_unchanged(
    found: &Found,
    file: &SourceFile,
    head: &Head,
    usual: u64,
) -> Result<bool> {
    let Some(kept) = head.kept.as_ref().filter(|_| head.size == found.size) else {
        return Ok(false);
    };
    let part_size = match kept.parts {
        None => Some(found.size),
        // Of parts that grew, the first tells nothing of the others.
        Some(parts) => [head.part_size, Some(usual)]
            .into_iter()
            .flatten()
            .find(|&size| size > 0 && found.size.div_ceil(size) == u64::from(parts)),
    };
    match part_size {
        Some(part_size) => Ok(local(file, found.size, part_size, kept)? == kept.value),
        None => Ok(false),
    }
}

fn local(file: &SourceFile, size: u64, part_size: u64, kept: &KeptChecksum) -> Result<String> {
    let hashing = Hashing {
        algorithm: kept.algorithm,
        signed_payload: false,
    };
    let mut whole = WholeChecksum::new(kept.algorithm);
    let mut only = None;
    let mut offset = 0;
    loop {
        let length = part_size.min(size - offset);
        let part = file.digest_at(offset, length, hashing)?;
        let Some(checksum) = part.checksum else { break };
        whole.push(&checksum, length);
        only = Some(checksum);
        offset += length;
        if offset >= size {
            break;
        }
    }
    Ok(shown(kept, whole, only))
}

/// As the store shows it.
fn shown(kept: &KeptChecksum, whole: WholeChecksum, only: Option<Checksum>) -> String {
    let single = |it: Checksum| match kept.algorithm {
        Algorithm::Md5 => it.hex(),
        _ => it.base64(),
    };
    let value = match (kept.parts, kept.algorithm) {
        (None, _) => only.map(single),
        (Some(_), Algorithm::Md5) => whole.finish_etag(),
        (Some(_), _) => whole
            .finish()
            .filter(|it| it.scope == Scope::Composite)
            .map(|it| it.value),
    };
    value.unwrap_or_default()
}
