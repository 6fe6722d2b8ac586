//! What is searched, as the query says it: one parameter for each facet, repeated for several values.

use ledger_core::money::Balance;
use projections::search::{FacetKind, SearchRequest, Sort};
use utoipa::IntoParams;

use crate::api::lists::invalid;
use crate::problem::Problem;

/// How many characters are searched at most.
pub const TEXT_MAX: usize = 200;
/// How many values of one facet may be given.
const VALUES_MAX: usize = 50;
/// How many offers a page holds unless told, and at most.
const LIMITS: (usize, usize) = (20, 100);

/// What may follow the `?`, described; [`read`] reads it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described: the pairs are read one by one")]
pub struct Described {
    /// Words, in French as teachers type them: « fractions 6e », « svt sixième ».
    #[param(max_length = 200, nullable = false)]
    q: Option<String>,
    /// A cycle or a level, as `cycle-3` or `6e`.
    #[param(max_items = 50, nullable = false)]
    level: Option<Vec<String>>,
    /// A subject, as `mathematiques`, or a concept of ScoLOMFR below one.
    #[param(max_items = 50, nullable = false)]
    subject: Option<Vec<String>>,
    /// A kind, as `textbook`.
    #[param(max_items = 50, nullable = false)]
    kind: Option<Vec<String>>,
    /// A partner's id.
    #[param(max_items = 50, nullable = false)]
    partner: Option<Vec<String>>,
    /// Who may use it: `teacher`, `class` or `school`.
    #[param(max_items = 50, nullable = false)]
    licence: Option<Vec<String>>,
    /// How it is paid for: `once`, `subscription` or `by-use`.
    #[param(max_items = 50, nullable = false)]
    billing: Option<Vec<String>>,
    /// How accessible it is declared to be: `full`, `partial`, `none` or `told`.
    #[param(max_items = 50, nullable = false)]
    conformance: Option<Vec<String>>,
    /// A way of use, as `exercises`.
    #[param(max_items = 50, nullable = false)]
    feature: Option<Vec<String>>,
    /// `yes`: with a free sample.
    #[param(max_items = 50, nullable = false)]
    specimen: Option<Vec<String>>,
    /// The highest price, in whole euro cents; 0 is free of charge.
    #[param(minimum = 0, maximum = 100_000_000, nullable = false)]
    price_max_cents: Option<u64>,
    /// `relevance` (unless told), `price`, `-price`, `newest` or `title`.
    #[param(nullable = false, pattern = "^(relevance|price|-price|newest|title)$")]
    sort: Option<String>,
    /// `next_cursor` of the page before; the first page when it is left out.
    #[param(nullable = false, pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
    /// How many offers at most.
    #[param(minimum = 1, maximum = 100, default = 20, nullable = false)]
    limit: Option<u16>,
}

/// Reads a query; refused with what would be right.
pub fn read(query: &str) -> Result<SearchRequest, Problem> {
    let mut request = SearchRequest { limit: LIMITS.0, ..SearchRequest::default() };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "q" => request.text = text(&value)?,
            "price_max_cents" => {
                let cents: Option<u64> = number(&value).filter(|it| *it <= 100_000_000);
                let cents = cents.ok_or_else(|| {
                    invalid("price_max_cents", "expected whole euro cents, 0 to 100000000")
                })?;
                request.price_max = Some(Balance::from_cents(cents));
            }
            "sort" => request.sort = sort(&value)?,
            "cursor" => {
                let cursor = value.parse().ok().filter(|_| number::<u32>(&value).is_some());
                let expected = "expected next_cursor of the page before, as it was";
                request.after = Some(cursor.ok_or_else(|| invalid("cursor", expected))?);
            }
            "limit" => {
                let limit = number(&value).filter(|it| (1..=LIMITS.1).contains(it));
                request.limit = limit.ok_or_else(|| invalid("limit", "expected 1 to 100"))?;
            }
            facet => {
                let kind = FacetKind::named(facet).ok_or_else(|| unknown(facet))?;
                let values = request.filters.entry(kind).or_default();
                if values.len() == VALUES_MAX {
                    return Err(invalid(facet, "expected at most 50 values"));
                }
                values.push(value.as_ref().into());
            }
        }
    }
    Ok(request)
}

fn text(value: &str) -> Result<String, Problem> {
    if value.chars().count() > TEXT_MAX {
        return Err(invalid("q", "expected at most 200 characters"));
    }
    Ok(value.to_owned())
}

/// Digits only: no sign, no space.
fn number<T: std::str::FromStr>(value: &str) -> Option<T> {
    value.parse().ok().filter(|_| value.bytes().all(|it| it.is_ascii_digit()))
}

fn sort(value: &str) -> Result<Sort, Problem> {
    Ok(match value {
        "relevance" => Sort::Relevance,
        "price" => Sort::PriceUp,
        "-price" => Sort::PriceDown,
        "newest" => Sort::Newest,
        "title" => Sort::Title,
        _ => return Err(invalid("sort", "expected relevance, price, -price, newest or title")),
    })
}

fn unknown(name: &str) -> Problem {
    let names: Vec<&str> = FacetKind::ALL.iter().map(|it| it.name()).collect();
    let expected = format!(
        "no such parameter: expected q, price_max_cents, sort, cursor, limit, or a facet: {}",
        names.join(", ")
    );
    let name: String = name.chars().take(60).collect();
    invalid(&name, &expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_into_what_is_searched() {
        let request =
            read("q=fractions+6e&level=6e&level=cycle-4&price_max_cents=500&sort=-price").unwrap();
        assert_eq!(request.text, "fractions 6e");
        assert_eq!(request.filters[&FacetKind::Level], ["6e", "cycle-4"]);
        assert_eq!((request.price_max, request.limit), (Some(Balance::from_cents(5_00)), 20));
        assert_eq!(request.sort, Sort::PriceDown);
        assert_eq!(read("").unwrap(), SearchRequest { limit: 20, ..SearchRequest::default() });
    }

    #[test]
    fn what_cannot_be_searched_says_what_would_be_right() {
        for (query, told) in [
            ("price_max_cents=1.5", "whole euro cents"),
            ("price_max_cents=-1", "whole euro cents"),
            ("sort=cheap", "relevance, price, -price, newest or title"),
            ("limit=0", "1 to 100"),
            ("limit=+5", "1 to 100"),
            ("cursor=abc", "next_cursor of the page before"),
            ("colour=red", "no such parameter"),
        ] {
            let problem = read(query).unwrap_err().to_string();
            assert!(problem.contains(told), "{query}: {problem}");
        }
        assert!(read(&format!("q={}", "a".repeat(201))).is_err());
        assert!(read(&"level=6e&".repeat(50)).is_ok());
        assert!(read(&"level=6e&".repeat(51)).is_err());
    }
}
