//! The objects of a PDF file, written one at a time: only where each begins is remembered.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::FontFlags;
use pdf_writer::writers::{Catalog, DocumentInfo};
use pdf_writer::{Chunk, Content, Filter, Name, Rect, Ref, Settings, Str, TextStr};

use super::Document;
use super::font::{FIRST, Font};
use super::layout::{Ink, Mark, Paper, Sheet};

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const FONTS: [(Font, Ref, Ref); 2] =
    [(Font::Regular, Ref::new(4), Ref::new(5)), (Font::Bold, Ref::new(6), Ref::new(7))];
/// A page, then what is drawn on it, then the next page.
const FIRST_PAGE: i32 = 8;
/// A twip, in points.
const TWIP: f32 = 0.05;

/// A file that is being written.
pub(super) struct File<W> {
    to: W,
    paper: Paper,
    /// How many bytes are written.
    at: u64,
    /// Where each object begins, by its number; none of number 0.
    begin: Vec<u64>,
    pages: i32,
}

impl<W: Write> File<W> {
    /// Writes what does not depend on the pages.
    pub(super) fn begin(to: W, document: &Document, paper: Paper) -> io::Result<Self> {
        let mut file = Self { to, paper, at: 0, begin: Vec::new(), pages: 0 };
        file.put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")?;
        file.object(CATALOG, |chunk| {
            let mut catalog: Catalog<'_> = chunk.indirect(CATALOG).start();
            catalog.pages(PAGES).lang(TextStr("fr-FR"));
            catalog.viewer_preferences().display_doc_title(true);
        })?;
        file.object(INFO, |chunk| {
            let mut info: DocumentInfo<'_> = chunk.indirect(INFO).start();
            info.title(TextStr(&document.title)).creator(TextStr("Compte ressources"));
            if !document.subtitle.is_empty() {
                info.subject(TextStr(&document.subtitle));
            }
        })?;
        for (font, id, descriptor) in FONTS {
            file.object(id, |chunk| write_font(chunk, font, id, descriptor))?;
            file.object(descriptor, |chunk| write_descriptor(chunk, font, descriptor))?;
        }
        Ok(file)
    }

    /// Writes one more page.
    pub(super) fn page(&mut self, sheet: &Sheet) -> io::Result<()> {
        let id = page(self.pages);
        let drawn = Ref::new(id.get() + 1);
        self.object(id, |chunk| {
            chunk.page(id).parent(PAGES).contents(drawn);
        })?;
        let content = draw(sheet, self.paper.height);
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content)?;
        let packed = encoder.finish()?;
        self.object(drawn, |chunk| {
            chunk.stream(drawn, &packed).filter(Filter::FlateDecode);
        })?;
        self.pages += 1;
        Ok(())
    }

    /// Writes the list of pages, and where everything is.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let (count, paper) = (self.pages, self.paper);
        self.object(PAGES, |chunk| {
            let mut pages = chunk.pages(PAGES);
            // In points, 595.3 by 841.9; the other way round when it is turned.
            let (short, long) = (595.3, 841.9);
            let (x, y) = if paper.width < paper.height { (short, long) } else { (long, short) };
            pages.kids((0..count).map(page)).count(count).media_box(Rect::new(0.0, 0.0, x, y));
            let mut resources = pages.resources();
            let mut fonts = resources.fonts();
            for (font, id, _) in FONTS {
                fonts.pair(Name(font.key()), id);
            }
        })?;
        let (table, size) = (self.at, self.begin.len());
        self.put(format!("xref\n0 {size}\n0000000000 65535 f \n").as_bytes())?;
        for begin in std::mem::take(&mut self.begin).iter().skip(1) {
            self.put(format!("{begin:010} 00000 n \n").as_bytes())?;
        }
        let (root, info) = (CATALOG.get(), INFO.get());
        let trailer = format!("<< /Size {size} /Root {root} 0 R /Info {info} 0 R >>");
        let end = format!("trailer\n{trailer}\nstartxref\n{table}\n%%EOF\n");
        self.put(end.as_bytes())?;
        self.to.flush()
    }

    fn object(&mut self, id: Ref, write: impl FnOnce(&mut Chunk)) -> io::Result<()> {
        let mut chunk = Chunk::with_settings(Settings { pretty: false });
        write(&mut chunk);
        let number = usize::try_from(id.get()).unwrap_or_default();
        if self.begin.len() <= number {
            self.begin.resize(number + 1, 0);
        }
        self.begin[number] = self.at;
        self.put(chunk.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }
}

/// The object that the page after `before` others is.
fn page(before: i32) -> Ref {
    Ref::new(FIRST_PAGE + 2 * before)
}

fn write_font(chunk: &mut Chunk, font: Font, id: Ref, descriptor: Ref) {
    let mut written = chunk.type1_font(id);
    written.base_font(Name(font.name()));
    written.first_char(FIRST).last_char(u8::MAX);
    written.widths(font.widths().iter().map(|it| f32::from(*it)));
    written.font_descriptor(descriptor);
    written.encoding_predefined(Name(b"WinAnsiEncoding"));
}

/// For a reader that has another font in its place.
fn write_descriptor(chunk: &mut Chunk, font: Font, id: Ref) {
    let (bbox, cap, stem) = match font {
        Font::Regular => (Rect::new(-166.0, -225.0, 1000.0, 931.0), 718.0, 88.0),
        Font::Bold => (Rect::new(-170.0, -228.0, 1003.0, 962.0), 718.0, 140.0),
    };
    let mut descriptor = chunk.font_descriptor(id);
    descriptor.name(Name(font.name())).flags(FontFlags::NON_SYMBOLIC).bbox(bbox);
    descriptor.italic_angle(0.0).ascent(718.0).descent(-207.0).cap_height(cap).stem_v(stem);
}

/// `sheet` as operators, from the lower left corner of the page.
fn draw(sheet: &Sheet, height: i32) -> Vec<u8> {
    let mut content = Content::with_settings(Settings { pretty: false });
    content.transform([TWIP, 0.0, 0.0, TWIP, 0.0, 0.0]);
    for mark in sheet {
        match mark {
            Mark::Fill { x, y, width, height: tall, ink } => {
                fill_with(&mut content, *ink);
                let below = height - y - tall;
                content.rect(exact(*x), exact(below), exact(*width), exact(*tall)).fill_nonzero();
            }
            Mark::Text { x, y, style, text } => {
                fill_with(&mut content, style.ink);
                content.begin_text();
                content.set_font(Name(style.font.key()), exact(style.size));
                content.next_line(exact(*x), exact(height - y));
                content.show(Str(text));
                content.end_text();
            }
        }
    }
    content.finish().to_vec()
}

fn fill_with(content: &mut Content, ink: Ink) {
    match ink {
        Ink::Black => content.set_fill_gray(0.0),
        Ink::Soft => content.set_fill_gray(0.35),
        Ink::Line => content.set_fill_gray(0.78),
        Ink::Wash => content.set_fill_gray(0.94),
        Ink::Brand => content.set_fill_rgb(0.043, 0.365, 0.341),
    };
}

/// A length as PDF writes it: every twip of a sheet is exact.
fn exact(twips: i32) -> f32 {
    f32::from(i16::try_from(twips).unwrap_or(i16::MAX))
}
