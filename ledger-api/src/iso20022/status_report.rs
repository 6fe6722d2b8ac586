//! What became of the orders to pay, as a pain.002: accepted, waiting, or rejected and why.

use compact_str::CompactString;

use super::ReadError;
use super::element::Element;
use super::encoding::decoded;
use super::xml::{Document, Kind, Step};

const KIND: Kind = Kind {
    body: "CstmrPmtStsRpt",
    versions: &["pain.002.001.03", "pain.002.001.08", "pain.002.001.10", "pain.002.001.12"],
    expected: "un compte rendu de paiement \
               (pain.002.001.03, pain.002.001.08, pain.002.001.10 ou pain.002.001.12)",
};

/// The bank's answer to one file of transfers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The report's own id.
    pub message: CompactString,
    /// The file that it answers (`MsgId` of the pain.001).
    pub original_message: CompactString,
    /// What became of the whole file; `None` when the report speaks of its parts only.
    pub group: Option<Status>,
    /// Why, as a code such as `AM05`.
    pub group_reason_code: Option<CompactString>,
    /// Why, in the bank's words.
    pub group_reason_text: Option<CompactString>,
    /// Each part that the report names, in its order.
    pub payments: Vec<PaymentStatus>,
}

/// What became of one transfer, or of a whole payment order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentStatus {
    /// The transfer; `None` for the whole payment order, or when the bank does not know it.
    pub end_to_end: Option<CompactString>,
    /// The payment order (`PmtInfId` of the pain.001).
    pub original_payment_information: Option<CompactString>,
    /// Whether this is about the payment order as a whole.
    pub whole_order: bool,
    /// What became of it: its own status, else its order's, else the file's.
    pub status: Status,
    /// Why, as a code such as `AC01`, or the bank's own.
    pub reason_code: Option<CompactString>,
    /// Why, in the bank's words.
    pub reason_text: Option<CompactString>,
}

/// What a status means to who pays, with the code that was sent.
/// Source: ISO 20022 external code sets, payment group and transaction status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was accepted at some stage (`ACTC`, `ACCP`, `ACSP` …); the statement says when it is paid.
    Accepted(CompactString),
    /// Received, or waiting; also every code that is not known, as nothing follows from it.
    Pending(CompactString),
    /// Some of it is accepted (`PART`): what is not named apart waits for a later report, or for the
    /// statement.
    Partly(CompactString),
    /// It will not be paid (`RJCT`, `CANC`).
    Rejected(CompactString),
}

/// What a report says of one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// What became of it.
    pub status: &'a Status,
    /// Why, as a code.
    pub reason_code: Option<&'a str>,
    /// Why, in the bank's words.
    pub reason_text: Option<&'a str>,
}

impl Status {
    /// The code as it was sent, as in `ACSP`.
    pub fn code(&self) -> &str {
        match self {
            Self::Accepted(code)
            | Self::Pending(code)
            | Self::Partly(code)
            | Self::Rejected(code) => code,
        }
    }

    /// Whether it will not be paid.
    pub fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }

    fn read(element: &Element) -> Result<Self, ReadError> {
        let code = element.text();
        if !(1..=4).contains(&code.len()) || !code.bytes().all(|it| it.is_ascii_alphanumeric()) {
            return Err(
                element.wrong("un statut d’au plus quatre lettres, comme ACSP, PDNG ou RJCT")
            );
        }
        let code = CompactString::from(code);
        Ok(match code.as_str() {
            "RJCT" | "CANC" => Self::Rejected(code),
            "PART" | "PATC" => Self::Partly(code),
            it if it.starts_with("AC") => Self::Accepted(code),
            _ => Self::Pending(code),
        })
    }
}

impl StatusReport {
    /// Reads a report, whole or not at all.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let text = decoded(bytes)?;
        let mut document = Document::open(&text, &KIND)?;
        let (mut message, mut file) = (None, None);
        let mut payments = Vec::new();
        let end = loop {
            match document.step(&["OrgnlPmtInfAndSts"])? {
                Step::Entered(line) => {
                    let order = Order::read(&mut document, line)?;
                    order.told(file.as_ref(), &mut payments)?;
                }
                Step::Whole(it) if it.name == "GrpHdr" => {
                    once(&it, message.is_some())?;
                    message = Some(it.need("MsgId", "l’identifiant du compte rendu")?.id()?);
                }
                Step::Whole(it) if it.name == "OrgnlGrpInfAndSts" => {
                    once(&it, file.is_some())?;
                    file = Some(File::read(&it)?);
                }
                Step::Whole(_) => {}
                Step::End => break document.line(),
            }
        };
        document.close()?;
        let lacks = |missing, expected| {
            let inside = CompactString::const_new(KIND.body);
            ReadError::Missing { line: end, inside, missing, expected }
        };
        let message = message.ok_or_else(|| lacks("GrpHdr", "l’identifiant du compte rendu"))?;
        let file = file.ok_or_else(|| lacks("OrgnlGrpInfAndSts", "le fichier auquel il répond"))?;
        if file.status.is_none() && payments.is_empty() {
            return Err(lacks("GrpSts", "le statut du fichier ou de ses virements"));
        }
        Ok(Self {
            message,
            original_message: file.message,
            group: file.status,
            group_reason_code: file.reason.code,
            group_reason_text: file.reason.text,
            payments,
        })
    }

    /// What it says of the transfer `end_to_end` of the payment order `payment_information`:
    /// a rejected file or order means each of its transfers, else the closest word counts.
    ///
    /// `None` when nothing in it is about that transfer.
    pub fn of(&self, end_to_end: &str, payment_information: &str) -> Option<Answer<'_>> {
        let ours = |it: &&PaymentStatus| {
            it.original_payment_information.as_deref().is_none_or(|it| it == payment_information)
        };
        let parts = || self.payments.iter().filter(ours);
        let file = self.group.as_ref().map(|status| Answer {
            status,
            reason_code: self.group_reason_code.as_deref(),
            reason_text: self.group_reason_text.as_deref(),
        });
        let order = parts().find(|it| it.whole_order).map(PaymentStatus::answer);
        let named = parts().find(|it| it.end_to_end.as_deref() == Some(end_to_end));
        let named = named.map(PaymentStatus::answer);
        let rejected =
            [named, order, file].into_iter().flatten().find(|it| it.status.is_rejected());
        rejected.or(named).or(order).or(file)
    }
}

impl PaymentStatus {
    fn answer(&self) -> Answer<'_> {
        Answer {
            status: &self.status,
            reason_code: self.reason_code.as_deref(),
            reason_text: self.reason_text.as_deref(),
        }
    }
}

/// Why, as one part of a report says it.
#[derive(Clone, Default)]
struct Reason {
    code: Option<CompactString>,
    text: Option<CompactString>,
}

impl Reason {
    /// The first code, and all words, of each `StsRsnInf`.
    fn read<'e>(elements: impl Iterator<Item = &'e Element>) -> Result<Self, ReadError> {
        let mut reason = Self::default();
        for element in elements {
            let code = element.code_at("Rsn")?;
            reason.code = reason.code.or(code);
            for words in element.all("AddtlInf").map(Element::text).filter(|it| !it.is_empty()) {
                let text = reason.text.get_or_insert_default();
                if !text.is_empty() {
                    text.push(' ');
                }
                text.extend(words.split_whitespace().flat_map(|it| [" ", it]).skip(1));
            }
        }
        Ok(reason)
    }
}

/// What a report says of the whole file.
struct File {
    message: CompactString,
    status: Option<Status>,
    reason: Reason,
}

impl File {
    fn read(element: &Element) -> Result<Self, ReadError> {
        Ok(Self {
            message: element.need("OrgnlMsgId", "le fichier auquel il répond")?.id()?,
            status: element.one("GrpSts")?.map(Status::read).transpose()?,
            reason: Reason::read(element.all("StsRsnInf"))?,
        })
    }
}

/// What a report says of one payment order.
#[derive(Default)]
struct Order {
    line: usize,
    id: Option<CompactString>,
    status: Option<Status>,
    reasons: Vec<Element>,
    payments: Vec<Payment>,
}

/// What a report says of one transfer, before its status is known.
struct Payment {
    line: usize,
    end_to_end: Option<CompactString>,
    status: Option<Status>,
    reason: Reason,
}

impl Order {
    fn read(document: &mut Document<'_>, line: usize) -> Result<Self, ReadError> {
        let mut order = Self { line, ..Self::default() };
        loop {
            match document.step(&[])? {
                Step::Whole(it) => match it.name.as_str() {
                    "OrgnlPmtInfId" => {
                        once(&it, order.id.is_some())?;
                        order.id = Some(it.id()?);
                    }
                    "PmtInfSts" => {
                        once(&it, order.status.is_some())?;
                        order.status = Some(Status::read(&it)?);
                    }
                    "StsRsnInf" => order.reasons.push(it),
                    "TxInfAndSts" => order.payments.push(Payment::read(&it)?),
                    _ => {}
                },
                Step::Entered(_) => {}
                Step::End => return Ok(order),
            }
        }
    }

    /// Adds what it says to `payments`: of itself first, then of each transfer that it names.
    fn told(self, file: Option<&File>, payments: &mut Vec<PaymentStatus>) -> Result<(), ReadError> {
        let file = file.and_then(|it| it.status.as_ref());
        let lacks = |line, inside, missing| {
            let expected = "un statut, comme ACSP, PDNG ou RJCT";
            ReadError::Missing { line, inside: CompactString::const_new(inside), missing, expected }
        };
        if self.status.is_none() && self.payments.is_empty() && file.is_none() {
            return Err(lacks(self.line, "OrgnlPmtInfAndSts", "PmtInfSts"));
        }
        let reason = Reason::read(self.reasons.iter())?;
        // A status that is neither its own nor its order's is the file's.
        let inherited = self.status.as_ref().or(file).cloned();
        let whole = match &self.status {
            Some(status) => Some(status.clone()),
            None if self.payments.is_empty() => file.cloned(),
            None => None,
        };
        if let Some(status) = whole {
            payments.push(PaymentStatus {
                end_to_end: None,
                original_payment_information: self.id.clone(),
                whole_order: true,
                status,
                reason_code: reason.code,
                reason_text: reason.text,
            });
        }
        for payment in self.payments {
            let status = payment.status.or_else(|| inherited.clone());
            payments.push(PaymentStatus {
                end_to_end: payment.end_to_end,
                original_payment_information: self.id.clone(),
                whole_order: false,
                status: status.ok_or_else(|| lacks(payment.line, "TxInfAndSts", "TxSts"))?,
                reason_code: payment.reason.code,
                reason_text: payment.reason.text,
            });
        }
        Ok(())
    }
}

impl Payment {
    fn read(element: &Element) -> Result<Self, ReadError> {
        Ok(Self {
            line: element.line,
            end_to_end: element.id_at("OrgnlEndToEndId")?.filter(|it| it != "NOTPROVIDED"),
            status: element.one("TxSts")?.map(Status::read).transpose()?,
            reason: Reason::read(element.all("StsRsnInf"))?,
        })
    }
}

/// Refuses `element` when there was one already: one of the two would be lost.
fn once(element: &Element, there: bool) -> Result<(), ReadError> {
    if there { Err(element.wrong_as("figure une seconde fois", "une seule fois")) } else { Ok(()) }
}
