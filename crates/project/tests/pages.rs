//! Which LiveViews show what a clause renders.
use exlint_project::{ClauseId, Pages, Project, Tables};

fn project(files: &[(&str, &str)]) -> Project {
    let facts = files.iter().map(|(path, source)| {
        let file = exlint_syntax::parse_file(path, *source);
        exlint_facts::collect(path, &file)
    });
    Project::link(facts.collect(), &Tables::default())
}

/// The only clause of a function.
fn clause(project: &Project, function: &str) -> ClauseId {
    let mut functions = project.functions();
    let function = functions.find(|it| project.mfa(*it) == function);
    let mut clauses = project.clauses_of(function.expect("it is defined"));
    clauses.next().expect("it has a clause")
}

/// The names of the LiveViews, without that of the project; with `...` where others may show it, too.
fn shown(project: &Project, function: &str) -> Vec<String> {
    let shown = Pages::of(project).shown_by(clause(project, function));
    let names = shown.views.iter().map(|it| project.module_name(*it));
    let mut names: Vec<String> = names.map(|it| it.replace("ShopWeb.", "")).collect();
    if shown.is_open {
        names.push("...".to_owned());
    }
    names
}

const PARTS: &str = r#"
defmodule ShopWeb.Parts do
  use Phoenix.Component

  def row(assigns), do: ~H"<.cell />"
  defp cell(assigns), do: ~H"<td></td>"
  def unused(assigns), do: ~H"<b></b>"
  def held(assigns), do: ~H"<b></b>"
  def mail(assigns), do: ~H"<b></b>"
end
"#;

const CART: &str = r#"
defmodule ShopWeb.CartLive do
  use Phoenix.LiveView
  alias ShopWeb.Parts

  def render(assigns), do: ~H"<Parts.row /><.total /><.live_component module={ShopWeb.Coupon} id="c" />"
  defp total(assigns), do: ~H"<b></b>"
  def parts, do: &Parts.held/1
end
"#;

const ORDERS: &str = r#"
defmodule ShopWeb.OrdersLive do
  use Phoenix.LiveView
  import ShopWeb.Parts

  def render(assigns), do: ~H"<.row />"
end
"#;

const COUPON: &str = r#"
defmodule ShopWeb.Coupon do
  use Phoenix.LiveComponent

  def render(assigns), do: ~H"<.live_component module={ShopWeb.Inner} id="i" />"
end

defmodule ShopWeb.Inner do
  use Phoenix.LiveComponent
  def render(assigns), do: ~H"<p></p>"
end

defmodule ShopWeb.Spare do
  use Phoenix.LiveComponent
  def render(assigns), do: ~H"<p></p>"
end
"#;

const MAILER: &str = r#"
defmodule ShopWeb.Mailer do
  use Phoenix.Component

  def welcome(assigns), do: ~H"<ShopWeb.Parts.mail />"
end
"#;

fn shop() -> Project {
    project(&[
        ("lib/cart_live.ex", CART),
        ("lib/coupon.ex", COUPON),
        ("lib/mailer.ex", MAILER),
        ("lib/orders_live.ex", ORDERS),
        ("lib/parts.ex", PARTS),
    ])
}

#[test]
fn a_live_view_shows_what_it_renders_itself() {
    let shop = shop();
    assert_eq!(shown(&shop, "ShopWeb.CartLive.render/1"), ["CartLive"]);
    assert_eq!(shown(&shop, "ShopWeb.CartLive.total/1"), ["CartLive"]);
}

#[test]
fn components_are_followed_to_all_who_show_them() {
    let shop = shop();
    let both = ["CartLive", "OrdersLive"];
    assert_eq!(shown(&shop, "ShopWeb.Parts.row/1"), both);
    assert_eq!(shown(&shop, "ShopWeb.Parts.cell/1"), both);
}

#[test]
fn live_components_are_shown_where_templates_have_them() {
    let shop = shop();
    assert_eq!(shown(&shop, "ShopWeb.Coupon.render/1"), ["CartLive"]);
    assert_eq!(shown(&shop, "ShopWeb.Inner.render/1"), ["CartLive"]);
    let pages = Pages::of(&shop);
    let coupon = shop.module_of_clause(clause(&shop, "ShopWeb.Coupon.render/1"));
    assert_eq!(pages.places_of(coupon).len(), 1);
}

#[test]
fn whoever_may_be_shown_elsewhere_is_open() {
    let shop = shop();
    // Nobody shows these, as far as is known.
    assert_eq!(shown(&shop, "ShopWeb.Parts.unused/1"), ["..."]);
    assert_eq!(shown(&shop, "ShopWeb.Spare.render/1"), ["..."]);
    // Who holds a function may call it anywhere.
    assert_eq!(shown(&shop, "ShopWeb.Parts.held/1"), ["..."]);
    // No LiveView.
    assert_eq!(shown(&shop, "ShopWeb.Parts.mail/1"), ["..."]);
}

#[test]
fn a_component_that_is_computed_may_be_any() {
    let any = r#"
defmodule ShopWeb.AnyLive do
  use Phoenix.LiveView
  def render(assigns), do: ~H"<.live_component module={@module} id="any" />"
end
"#;
    let shop = project(&[
        ("lib/any_live.ex", any),
        ("lib/cart_live.ex", CART),
        ("lib/coupon.ex", COUPON),
    ]);
    assert_eq!(shown(&shop, "ShopWeb.Coupon.render/1"), ["..."]);
}

#[test]
fn template_files_are_functions_of_their_module() {
    let live = "defmodule ShopWeb.StockLive do\n  use Phoenix.LiveView\nend\n";
    let shop = project(&[
        ("lib/parts.ex", PARTS),
        ("lib/stock_live.ex", live),
        ("lib/stock_live.html.heex", "<ShopWeb.Parts.row />"),
    ]);
    assert_eq!(shown(&shop, "ShopWeb.StockLive.render/1"), ["StockLive"]);
    assert_eq!(shown(&shop, "ShopWeb.Parts.row/1"), ["StockLive"]);
}

#[test]
fn a_layout_may_stand_around_any_live_view() {
    let layouts = "defmodule ShopWeb.Layouts do\n  use Phoenix.Component\n  embed_templates \"layouts/*\"\nend\n";
    let stock = "defmodule ShopWeb.StockLive do\n  use Phoenix.LiveView\n  def render(assigns), do: ~H\"<p></p>\"\nend\n";
    let files = [
        ("lib/layouts.ex", layouts),
        ("lib/layouts/app.html.heex", "<p></p>"),
        ("lib/orders_live.ex", ORDERS),
        ("lib/stock_live.ex", stock),
    ];
    let both = ["OrdersLive", "StockLive"];
    assert_eq!(shown(&project(&files), "ShopWeb.Layouts.app/1"), both);
    // Whatever it stands around.
    let alone = project(&files[..2]);
    assert_eq!(shown(&alone, "ShopWeb.Layouts.app/1"), ["..."]);
}
