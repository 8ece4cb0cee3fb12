//! The derive that describes a rule by what stands above it.
use proc_macro::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Fields, Ident, Lit, Meta, Type, parse_macro_input,
    spanned::Spanned,
};

/// Describes a rule by its doc comment, `#[rule(...)]` and the documented fields, its options.
///
/// `#[rule(family = State, confidence = High, scope = Module, fix = Safe, tests, scripts, templates)]`: `fix`,
/// `tests` (the rule also looks at tests), `scripts` (and at `.exs` scripts) and `templates` (and at the code in `~H`
/// and `.heex` files) may be left out.
/// The name users see is the name of the type in kebab-case.
#[proc_macro_derive(RuleMeta, attributes(rule))]
pub fn rule_meta(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    describe(&input)
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

fn describe(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let (mut family, mut confidence, mut scope, mut fix) = (None, None, None, quote!(None));
    let (mut tests, mut scripts, mut templates) = (false, false, false);
    for attribute in input.attrs.iter().filter(|it| it.path().is_ident("rule")) {
        attribute.parse_nested_meta(|meta| {
            match meta.path.require_ident()?.to_string().as_str() {
                "family" => family = Some(meta.value()?.parse::<Ident>()?),
                "confidence" => confidence = Some(meta.value()?.parse::<Ident>()?),
                "scope" => scope = Some(meta.value()?.parse::<Ident>()?),
                "fix" => {
                    let value: Ident = meta.value()?.parse()?;
                    fix = quote!(Some(::exlint_findings::Applicability::#value));
                }
                "tests" => tests = true,
                "scripts" => scripts = true,
                "templates" => templates = true,
                _ => {
                    return Err(meta.error(
                        "expected `family`, `confidence`, `scope`, `fix`, `tests`, `scripts` or `templates`",
                    ));
                }
            }
            Ok(())
        })?;
    }
    let missing =
        |what| syn::Error::new_spanned(&input.ident, format!("`#[rule({what} = ...)]` is missing"));
    let family = family.ok_or_else(|| missing("family"))?;
    let confidence = confidence.ok_or_else(|| missing("confidence"))?;
    let scope = scope.ok_or_else(|| missing("scope"))?;
    let (rule, name, docs) = (
        &input.ident,
        kebab_case(&input.ident.to_string()),
        docs(&input.attrs),
    );
    let options = options(&input.data)?;
    Ok(quote! {
        impl crate::rule::RuleMeta for #rule {
            const META: crate::rule::Meta = crate::rule::Meta {
                name: #name,
                family: crate::rule::Family::#family,
                confidence: ::exlint_findings::Confidence::#confidence,
                scope: crate::rule::Scope::#scope,
                fix: #fix,
                in_tests: #tests,
                in_scripts: #scripts,
                in_templates: #templates,
                docs: #docs,
                options: &[#(#options),*],
                source: file!(),
            };
        }
    })
}

fn options(data: &Data) -> syn::Result<Vec<proc_macro2::TokenStream>> {
    let Data::Struct(data) = data else {
        return Ok(Vec::new());
    };
    let Fields::Named(fields) = &data.fields else {
        return Ok(Vec::new());
    };
    let describe = |field: &syn::Field| {
        let name = field
            .ident
            .as_ref()
            .map(Ident::to_string)
            .unwrap_or_default();
        let docs = docs(&field.attrs);
        if docs.trim().is_empty() {
            return Err(syn::Error::new(
                field.span(),
                "an option needs a doc comment",
            ));
        }
        let kind = match &field.ty {
            Type::Path(path) => path
                .path
                .segments
                .last()
                .map(|it| it.ident.to_string())
                .unwrap_or_default(),
            _ => String::new(),
        };
        Ok(quote!(crate::rule::OptionMeta { name: #name, kind: #kind, docs: #docs }))
    };
    fields.named.iter().map(describe).collect()
}

fn docs(attributes: &[Attribute]) -> String {
    attributes
        .iter()
        .filter_map(doc_line)
        .map(|line| line + "\n")
        .collect()
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(it) = &attribute.meta else {
        return None;
    };
    if !it.path.is_ident("doc") {
        return None;
    }
    let Expr::Lit(ExprLit {
        lit: Lit::Str(line),
        ..
    }) = &it.value
    else {
        return None;
    };
    let line = line.value();
    Some(line.strip_prefix(' ').unwrap_or(&line).to_owned())
}

fn kebab_case(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}
