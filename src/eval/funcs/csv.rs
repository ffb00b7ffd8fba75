//! CSV as Go reads it: stricter about quotes than other readers are.

/// Records of a text, one by one, all as wide as the first; empty lines are none.
pub(super) struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// How many fields a record has to have.
    width: Option<usize>,
    failed: bool,
}

/// What is wrong, and in which line.
#[derive(Debug, PartialEq)]
pub(super) struct CsvError {
    line: usize,
    what: &'static str,
}

const BARE_QUOTE: &str = "bare \" in non-quoted-field";
const QUOTE: &str = "extraneous or missing \" in quoted-field";
const WIDTH: &str = "wrong number of fields";

impl CsvError {
    pub(super) fn message(&self) -> String {
        format!("CSV parse error on line {}: {}", self.line, self.what)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Reader<'a> {
        Reader { rest: text, line: 0, width: None, failed: false }
    }

    /// Takes the next line with its end; `\r\n` counts as `\n`, and a last `\r` does not count.
    fn line(&mut self) -> Option<String> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        if let Some(line) = line.strip_suffix("\r\n") {
            return Some(format!("{line}\n"));
        }
        Some(if rest.is_empty() { line.strip_suffix('\r').unwrap_or(line) } else { line }.to_owned())
    }

    fn record(&mut self) -> Option<Result<Vec<String>, CsvError>> {
        let mut line = self.line()?;
        while line.is_empty() || line == "\n" {
            line = self.line()?;
        }
        let begin = self.line;
        Some(self.fields(line).and_then(|fields| match self.width.replace(fields.len()) {
            Some(width) if width != fields.len() => Err(CsvError { line: begin, what: WIDTH }),
            _ => Ok(fields),
        }))
    }

    fn fields(&mut self, line: String) -> Result<Vec<String>, CsvError> {
        let mut fields = Vec::new();
        let mut line = line;
        let mut at = 0;
        loop {
            let rest = &line[at..];
            let Some(quoted) = rest.strip_prefix('"') else {
                let comma = rest.find(',');
                let field = comma.map_or(rest.strip_suffix('\n').unwrap_or(rest), |end| &rest[..end]);
                if field.contains('"') {
                    return Err(self.error(BARE_QUOTE));
                }
                fields.push(field.to_owned());
                match comma {
                    Some(end) => at += end + 1,
                    None => return Ok(fields),
                }
                continue;
            };
            let mut field = String::new();
            let mut inside = quoted.to_owned();
            loop {
                let Some(end) = inside.find('"') else {
                    field.push_str(&inside);
                    match self.line() {
                        Some(next) => inside = next,
                        None => return Err(self.error(QUOTE)),
                    }
                    continue;
                };
                field.push_str(&inside[..end]);
                let after = &inside[end + 1..];
                if let Some(after) = after.strip_prefix('"') {
                    field.push('"');
                    inside = after.to_owned();
                } else if let Some(after) = after.strip_prefix(',') {
                    fields.push(field);
                    line = after.to_owned();
                    at = 0;
                    break;
                } else if after.is_empty() || after == "\n" {
                    fields.push(field);
                    return Ok(fields);
                } else {
                    return Err(self.error(QUOTE));
                }
            }
        }
    }

    fn error(&self, what: &'static str) -> CsvError {
        CsvError { line: self.line, what }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Vec<String>, CsvError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let record = self.record()?;
        self.failed = record.is_err();
        Some(record)
    }
}
