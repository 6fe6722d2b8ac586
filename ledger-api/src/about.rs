//! Pages about the service itself: home, accessibility, legal notice, problems, components.

mod samples;
pub mod security_txt;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::charts::{AgeingChart, ConsumptionChart};
use crate::extract::Path;
use crate::page::{Frame, Page};
use crate::problem::{Kind, Problem, kinds};

/// `templates/home.html`.
#[derive(Template)]
#[template(path = "home.html")]
pub struct Home {
    frame: Frame,
}

/// `templates/accessibility.html`.
#[derive(Template)]
#[template(path = "accessibility.html")]
pub struct Accessibility {
    frame: Frame,
}

/// `templates/legal.html`.
#[derive(Template)]
#[template(path = "legal.html")]
pub struct Legal {
    frame: Frame,
}

/// `templates/problem_kinds.html`.
#[derive(Template)]
#[template(path = "problem_kinds.html")]
pub struct ProblemKinds {
    frame: Frame,
    kinds: Vec<&'static Kind>,
}

/// `templates/styleguide.html`.
#[derive(Template)]
#[template(path = "styleguide.html")]
struct StyleGuide {
    frame: Frame,
    ageing: AgeingChart,
    consumption: ConsumptionChart,
}

/// `GET /`: what the service is, and where to begin.
pub async fn home(frame: Frame) -> Page<Home> {
    Page(Home { frame })
}

/// `GET /accessibilite`: the statement that RGAA asks for.
pub async fn accessibility(frame: Frame) -> Page<Accessibility> {
    Page(Accessibility { frame })
}

/// `GET /mentions-legales`: who publishes, what is kept, under which licence.
pub async fn legal(frame: Frame) -> Page<Legal> {
    Page(Legal { frame })
}

/// `GET /problems`: every kind of problem, for whoever writes a client.
pub async fn problems(frame: Frame) -> Page<ProblemKinds> {
    Page(ProblemKinds { frame, kinds: kinds::ALL.to_vec() })
}

/// `GET /problems/{slug}`: where the `type` of a problem leads.
pub async fn problem(
    frame: Frame,
    Path(slug): Path<String>,
) -> Result<Page<ProblemKinds>, Problem> {
    let kind =
        kinds::by_slug(&slug).ok_or_else(|| Problem::not_found("no such kind of problem"))?;
    Ok(Page(ProblemKinds { frame, kinds: vec![kind] }))
}

/// `GET /styleguide`: every component of the theme; in the demo only.
pub async fn style_guide(State(app): State<App>, frame: Frame) -> Result<Response, Problem> {
    if !app.config.demo {
        return Err(Problem::not_found("components are shown in the demo only"));
    }
    let frame = frame.with_notice("success", "Votre achat est confirmé. Il vous reste 108,70 €.");
    let (ageing, consumption) = (samples::ageing(), samples::consumption());
    Ok(Page(StyleGuide { frame, ageing, consumption }).into_response())
}
