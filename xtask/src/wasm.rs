//! Reads and writes the sections of a Wasm module.

use anyhow::{Result, bail};

/// A section of a module, with its content.
pub(crate) struct Section<'m> {
    /// The name of a custom section; `None` for all others.
    pub(crate) name: Option<&'m str>,
    /// Its content.
    pub(crate) content: &'m [u8],
}

/// The sections of a module, in order.
pub(crate) fn sections(module: &[u8]) -> Result<Vec<Section<'_>>> {
    let Some(mut rest) = module.strip_prefix(b"\0asm\x01\0\0\0") else { bail!("not a Wasm module") };
    let mut sections = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        let (content, after) = sized(after)?;
        let section = if id == 0 {
            let (name, content) = sized(content)?;
            Section { name: Some(std::str::from_utf8(name)?), content }
        } else {
            Section { name: None, content }
        };
        sections.push(section);
        rest = after;
    }
    Ok(sections)
}

/// Appends a custom section.
pub(crate) fn append_custom_section(module: &mut Vec<u8>, name: &str, content: &[u8]) {
    let mut body = Vec::new();
    write_size(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    module.push(0);
    write_size(module, body.len());
    module.extend_from_slice(&body);
}

/// Splits off a piece that starts with its length.
fn sized(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let mut size = 0_usize;
    let mut rest = bytes;
    for shift in (0..35).step_by(7) {
        let Some((&byte, after)) = rest.split_first() else { break };
        rest = after;
        size |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return match rest.split_at_checked(size) {
                Some(split) => Ok(split),
                None => bail!("a section of the module is cut short"),
            };
        }
    }
    bail!("a section of the module has no length")
}

/// Writes a length as LEB128.
fn write_size(out: &mut Vec<u8>, mut size: usize) {
    loop {
        let low = (size & 0x7f) as u8;
        size >>= 7;
        if size == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::{append_custom_section, sections};

    #[test]
    fn reads_the_sections_that_it_appends() {
        let mut module = b"\0asm\x01\0\0\0\x0b\x03abc".to_vec();
        let long = vec![b'x'; 70_000];
        append_custom_section(&mut module, "short", b"");
        append_custom_section(&mut module, "long", &long);
        let sections = sections(&module).unwrap();
        let names: Vec<_> = sections.iter().map(|section| section.name).collect();
        assert_eq!(names, [None, Some("short"), Some("long")]);
        assert_eq!(sections[0].content, b"abc");
        assert_eq!(sections[2].content, long);
    }

    #[test]
    fn rejects_a_truncated_module() {
        assert!(sections(b"\0asm\x01\0\0\0\x0b\x04abc").is_err());
        assert!(sections(b"\0asm\x01\0\0\0\x0b\xff").is_err());
        assert!(sections(b"no module").is_err());
    }
}
