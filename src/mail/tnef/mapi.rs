//! MAPI properties as TNEF stores them.

use super::Input;
use crate::mail::limits;

/// Properties of a message or an attachment.
#[derive(Debug, Default)]
pub struct Props<'b> {
    all: Vec<(u16, Value<'b>)>,
}

/// Values of the types that matter here.
#[derive(Debug)]
pub enum Value<'b> {
    /// A 32-bit number.
    Number(u32),
    /// PT_BINARY.
    Bytes(&'b [u8]),
    /// PT_STRING8.
    String8(&'b [u8]),
    /// PT_UNICODE.
    Unicode(String),
    /// PT_OBJECT.
    Object(&'b [u8]),
}

/// Properties of one object that are read.
const PROPS: u32 = 2_000;

impl<'b> Props<'b> {
    /// The first property of that id.
    pub fn get(&self, id: u16) -> Option<&Value<'b>> {
        self.all.iter().find(|(i, _)| *i == id).map(|(_, value)| value)
    }
}

/// Reads properties up to the first that is broken.
pub fn read(bytes: &[u8]) -> Props<'_> {
    let mut input = Input { rest: bytes };
    let mut props = Props::default();
    let count = input.u32().unwrap_or(0).min(PROPS);
    for _ in 0..count {
        let Some((id, value)) = property(&mut input) else { break };
        if let Some(value) = value {
            props.all.push((id, value));
        }
    }
    props
}

/// One property; its value is `None` if its type does not matter.
fn property<'b>(input: &mut Input<'b>) -> Option<(u16, Option<Value<'b>>)> {
    const MULTI: u16 = 0x1000;
    const NAMED: u16 = 0x8000;
    let kind = input.u16()?;
    let id = input.u16()?;
    if id >= NAMED {
        input.take(16)?;
        if input.u32()? == 0 {
            input.u32()?;
        } else {
            let length = input.u32()? as usize;
            padded(input, length)?;
        }
    }
    let base = kind & !MULTI;
    let variable = matches!(base, 0x0d | 0x1e | 0x1f | 0x102);
    let count = if variable || kind & MULTI != 0 { input.u32()? } else { 1 };
    let mut first = None;
    // A type without octets may claim any number of values.
    let count = if matches!(base, 0x00 | 0x01) { 0 } else { count };
    for at in 0..count {
        let value = if variable { sized(input, base)? } else { fixed(input, base)? };
        if at == 0 {
            first = value;
        }
    }
    // A named property has no id of its own.
    Some((if id >= NAMED { 0 } else { id }, first))
}

fn sized<'b>(input: &mut Input<'b>, kind: u16) -> Option<Option<Value<'b>>> {
    let length = input.u32()? as usize;
    let data = padded(input, length)?;
    Some(Some(match kind {
        0x0d => Value::Object(data),
        0x1e => Value::String8(data),
        0x1f => Value::Unicode(utf16(data)),
        _ => Value::Bytes(data),
    }))
}

fn fixed<'b>(input: &mut Input<'b>, kind: u16) -> Option<Option<Value<'b>>> {
    let length = match kind {
        0x02 | 0x03 | 0x04 | 0x0a | 0x0b => 4,
        0x05 | 0x06 | 0x07 | 0x14 | 0x40 => 8,
        0x48 => 16,
        _ => return None,
    };
    let data = input.take(length)?;
    Some((kind == 0x03).then(|| Value::Number(Input { rest: data }.u32().unwrap_or(0))))
}

/// Data padded to a multiple of four.
fn padded<'b>(input: &mut Input<'b>, length: usize) -> Option<&'b [u8]> {
    let data = input.take(length)?;
    let rest = length.next_multiple_of(4) - length;
    input.take(rest.min(input.rest.len()))?;
    Some(data)
}

/// Text of at most [`limits::MARKUP`] octets: longer ones are no names, and of bodies no more is read.
fn utf16(data: &[u8]) -> String {
    let data = &data[..data.len().min(limits::MARKUP)];
    let units = data.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).take_while(|u| *u != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
}
