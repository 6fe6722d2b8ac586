//! Numbers and slices read off bytes that may be damaged.

use super::block::Broken;

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Unread<'a>(pub(super) &'a [u8]);

const SHORT: Broken = Broken("it is cut short");

impl<'a> Unread<'a> {
    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Broken> {
        let length = usize::try_from(length).map_err(|_| SHORT)?;
        let (taken, left) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = left;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (taken, left) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = left;
        Ok(*taken)
    }

    /// The next byte.
    pub(super) fn u8(&mut self) -> Result<u8, Broken> {
        self.array::<1>().map(|[it]| it)
    }

    /// The next LEB128 number.
    pub(super) fn varint(&mut self) -> Result<u64, Broken> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Broken("a number has no end"))
    }
}

/// Writes `number` as LEB128: seven bits a byte, the lowest first.
pub(super) fn varint(to: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        to.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    to.push(number.to_le_bytes()[0]);
}
