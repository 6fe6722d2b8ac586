//! Small messages of our own, as a bank would send them.

/// A camt.053.001.08 of one statement: a receipt, a batch of two payments, one that came back, and
/// two entries that do not count.
pub const STATEMENT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-09-30T20:00:00+02:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>S-2026-09-30</Id>
      <ElctrncSeqNb>187</ElctrncSeqNb>
      <CreDtTm>2026-09-30T19:00:00</CreDtTm>
      <FrToDt><FrDtTm>2026-09-30T00:00:00</FrDtTm><ToDtTm>2026-09-30T24:00:00</ToDtTm></FrToDt>
      <Acct><Id><IBAN>FR76 3000 6000 0112 3456 7890 189</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-30</Dt></Dt></Bal>
      <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">349.95</Amt>
        <CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-09-30</Dt></Dt></Bal>
      <Bal><Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp><Amt Ccy="USD">1.234</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-09-30</Dt></Dt></Bal>
      <Ntry>
        <NtryRef>1</NtryRef>
        <Amt Ccy="EUR">250.5</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><DtTm>2026-09-30T23:59:00+02:00</DtTm></BookgDt><ValDt><Dt>2026-10-01</Dt></ValDt>
        <AcctSvcrRef>BANK/77</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
        <NtryDtls><TxDtls>
          <Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
          <Amt Ccy="EUR">250.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>
          <RltdPties><Dbtr><Pty><Nm>Camille Personne</Nm></Pty></Dbtr></RltdPties>
          <RmtInf><Ustrd>convention 2026</Ustrd><Ustrd> appel &amp; fonds n°1</Ustrd></RmtInf>
        </TxDtls></NtryDtls>
      </Ntry>
      <Ntry>
        <Amt Ccy="EUR">1700.45</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>2026-09-30</Dt></BookgDt>
        <BkTxCd><Prtry><Cd>BATCH</Cd><Issr>BANK</Issr></Prtry></BkTxCd>
        <NtryDtls>
          <Btch><MsgId>RUN-9</MsgId><PmtInfId>RUN-9</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>
          <TxDtls><Refs><EndToEndId>SET-1</EndToEndId></Refs>
            <AmtDtls><TxAmt><Amt Ccy="EUR">1700.00</Amt></TxAmt></AmtDtls></TxDtls>
          <TxDtls><Refs><EndToEndId>SET-2</EndToEndId></Refs>
            <AmtDtls><TxAmt><Amt Ccy="CHF">0.99</Amt></TxAmt></AmtDtls></TxDtls>
        </NtryDtls>
      </Ntry>
      <Ntry>
        <Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>
        <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-09-30</Dt></BookgDt>
        <BkTxCd/>
        <NtryDtls><TxDtls>
          <Refs><MsgId>RUN-8</MsgId><PmtInfId>RUN-8</PmtInfId><EndToEndId>SET-0</EndToEndId></Refs>
          <RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>
          <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>
        </TxDtls></NtryDtls>
      </Ntry>
      <Ntry>
        <Amt Ccy="EUR">5000.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BkTxCd/>
      </Ntry>
      <Ntry>
        <Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>INFO</Cd></Sts>
        <ValDt><Dt>2026-10-05</Dt></ValDt><BkTxCd/>
      </Ntry>
    </Stmt>
  </BkToCstmrStmt>
</Document>
"#;

/// A pain.002.001.10 of two payment orders: one in part, one accepted.
pub const REPORT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
  <CstmrPmtStsRpt>
    <GrpHdr><MsgId>R-1</MsgId><CreDtTm>2026-09-30T20:00:00Z</CreDtTm></GrpHdr>
    <OrgnlGrpInfAndSts>
      <OrgnlMsgId>RUN-9</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
    </OrgnlGrpInfAndSts>
    <OrgnlPmtInfAndSts>
      <OrgnlPmtInfId>RUN-9</OrgnlPmtInfId><PmtInfSts>PART</PmtInfSts>
      <TxInfAndSts>
        <OrgnlEndToEndId>SET-1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
        <StsRsnInf>
          <Orgtr><Nm>Camille Personne</Nm></Orgtr>
          <Rsn><Cd>AC01</Cd></Rsn><AddtlInf>IBAN</AddtlInf><AddtlInf>  inconnu </AddtlInf>
        </StsRsnInf>
        <OrgnlTxRef><Cdtr><Pty><Nm>Camille Personne</Nm></Pty></Cdtr></OrgnlTxRef>
      </TxInfAndSts>
      <TxInfAndSts><OrgnlEndToEndId>SET-2</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>
      <TxInfAndSts><OrgnlEndToEndId>SET-3</OrgnlEndToEndId><TxSts>PDNG</TxSts></TxInfAndSts>
    </OrgnlPmtInfAndSts>
    <OrgnlPmtInfAndSts>
      <OrgnlPmtInfId>RUN-9-B</OrgnlPmtInfId><PmtInfSts>ACCP</PmtInfSts>
    </OrgnlPmtInfAndSts>
  </CstmrPmtStsRpt>
</Document>
"#;

/// `message` with `old` as `new`, which has to be there.
pub fn with(message: &str, old: &str, new: &str) -> String {
    assert!(message.contains(old), "`{old}` is not in the message");
    message.replacen(old, new, 1)
}

/// `text` in UTF-16, little-endian, with its byte order mark.
pub fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The value of `element` in `text`, each time it is there.
pub fn values<'t>(text: &'t str, element: &str) -> Vec<&'t str> {
    let (start, end) = (format!("<{element}>"), format!("</{element}>"));
    text.split(&start).skip(1).map(|it| it.split(&end).next().unwrap()).collect()
}
