//! From what a partner's site sent to a small picture: what it is shows in its bytes, never in its
//! name, and nothing of it is kept but its pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbImage};

/// The most that is taken of a partner's picture, in bytes.
pub const BYTES_MAX: usize = 5 << 20;
/// The largest width and height that are decoded, in pixels.
pub const SIDE_MAX: u32 = 6_000;
/// The largest width and height that are served, in pixels.
pub const SIDE: u32 = 320;
/// The most that a picture served holds, in bytes.
pub const SERVED_MAX: usize = 40_000;

/// The most memory that decoding may take: a picture of the largest size, and its rows.
const MEMORY_MAX: u64 = 192 << 20;

/// Qualities that are tried, the best first; the last one, at half the size, always fits.
const QUALITIES: [u8; 5] = [82, 70, 55, 40, 25];

/// Why bytes are no picture for us.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Too many bytes.
    #[error("{0} bytes: at most 5 MB")]
    TooHeavy(usize),
    /// Not one of the four formats.
    #[error("not a JPEG, PNG, WebP or GIF picture")]
    Format,
    /// Too many pixels.
    #[error("{width} × {height} pixels: at most 6000 × 6000")]
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// Cut short, damaged, or made to harm.
    #[error("it cannot be decoded: {0}")]
    Damaged(String),
}

/// The picture in `bytes`, made to fit 320 × 320 pixels, as JPEG of at most 40 kB.
///
/// Its size is read and checked before its pixels are: a small file cannot become a large picture.
pub fn small(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    if bytes.len() > BYTES_MAX {
        return Err(PictureError::TooHeavy(bytes.len()));
    }
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif
    ) {
        return Err(PictureError::Format);
    }
    let damaged = |error: image::ImageError| PictureError::Damaged(error.to_string());
    let (width, height) =
        ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().map_err(damaged)?;
    if width > SIDE_MAX || height > SIDE_MAX || width == 0 || height == 0 {
        return Err(PictureError::TooLarge { width, height });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_MAX), Some(SIDE_MAX));
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let picture = reader.decode().map_err(damaged)?;
    encode(&on_white(&shrunk(&picture, SIDE)))
}

/// The picture within a square of that side; a smaller one stays as it is.
fn shrunk(picture: &DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side {
        return picture.clone();
    }
    // Averages first: a large picture is not filtered pixel by pixel.
    picture.thumbnail(side * 2, side * 2).resize(side, side, FilterType::Triangle)
}

/// JPEG has no transparency: what is transparent becomes white, as on a page.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |colour: u8| {
            let mixed = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(mixed / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([over(red), over(green), over(blue)])
    })
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>, PictureError> {
    let write = |picture: &RgbImage, quality| {
        let mut jpeg = Vec::new();
        let done = JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture);
        done.map(|()| jpeg).map_err(|error| PictureError::Damaged(error.to_string()))
    };
    for quality in QUALITIES {
        let jpeg = write(picture, quality)?;
        if jpeg.len() <= SERVED_MAX {
            return Ok(jpeg);
        }
    }
    let half = shrunk(&DynamicImage::ImageRgb8(picture.clone()), SIDE / 2);
    write(&half.to_rgb8(), QUALITIES[QUALITIES.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Noise, which compresses worst.
    fn noise(width: u32, height: u32) -> DynamicImage {
        let mut seed = 7_u32;
        let mut draw = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        let noise = RgbImage::from_fn(width, height, |_, _| image::Rgb([draw(), draw(), draw()]));
        DynamicImage::ImageRgb8(noise)
    }

    #[test]
    fn the_four_formats_become_small_jpegs() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let small = small(&bytes(&noise(900, 450), format)).unwrap();
            assert!(small.len() <= SERVED_MAX, "{format:?}: {} bytes", small.len());
            assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
            let again = image::load_from_memory(&small).unwrap();
            assert_eq!((again.width(), again.height()), (320, 160), "{format:?}");
        }
    }

    #[test]
    fn a_small_picture_is_not_enlarged_and_transparency_is_white() {
        let clear = DynamicImage::new_rgba8(20, 10);
        let small = small(&bytes(&clear, ImageFormat::Png)).unwrap();
        let again = image::load_from_memory(&small).unwrap().to_rgb8();
        assert_eq!((again.width(), again.height()), (20, 10));
        assert!(again.pixels().all(|it| it.0.iter().all(|it| *it > 250)));
    }

    #[test]
    fn a_picture_that_unfolds_into_a_huge_one_is_refused_before_it_does() {
        let mut png = bytes(&DynamicImage::new_luma8(1, 1), ImageFormat::Png);
        // The header says 60,000 × 60,000: its checksum is made right, so that only the size is odd.
        png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        let sum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        let refused = small(&png).unwrap_err();
        assert!(
            matches!(refused, PictureError::TooLarge { width: 60_000, height: 60_000 }),
            "{refused}"
        );
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 }
            })
        })
    }

    #[test]
    fn what_is_no_picture_is_refused_whatever_it_is_called() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        for other in [&svg[..], b"", b"<html>", b"BM\x3a\0\0\0", b"II*\0\x08\0\0\0"] {
            assert!(matches!(small(other), Err(PictureError::Format)), "{other:?}");
        }
        assert!(matches!(small(&vec![0xff; BYTES_MAX + 1]), Err(PictureError::TooHeavy(_))));
    }

    #[test]
    fn a_picture_cut_short_is_refused_without_harm() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
            let whole = bytes(&noise(64, 64), format);
            for length in [12, 40, whole.len() / 2] {
                // Some decoders show what there is; none panics.
                if let Ok(small) = small(&whole[..length.min(whole.len())]) {
                    assert!(small.len() <= SERVED_MAX);
                }
            }
        }
        let jpeg = bytes(&noise(64, 64), ImageFormat::Jpeg);
        assert!(small(&jpeg[..40]).is_err());
    }

    #[test]
    fn nothing_of_the_picture_is_kept_but_its_pixels() {
        let mut jpeg = bytes(&noise(64, 64), ImageFormat::Jpeg);
        let comment = b"\xff\xfe\x00\x13GPS of a teacher.";
        jpeg.splice(2..2, comment.iter().copied());
        let small = small(&jpeg).unwrap();
        assert!(!small.windows(3).any(|it| it == b"GPS"));
    }
}
