use super::*;

fn template(purpose: Purpose, subject: &str, text: &str, html: Option<&str>) -> Result<Template, Fault> {
    Template::new(purpose, true, subject, text, html)
}

fn refused(purpose: Purpose, text: &str) -> (String, String) {
    let fault = template(purpose, "Subject", text, None).expect_err(text);
    (text[fault.at].to_owned(), fault.message)
}

#[test]
fn template_is_filled_with_what_is_there_and_says_something_else_where_it_is_not() {
    let text = "{% if contact.name %}\nDear {{ contact.name }},\n{% else %}\nHello,\n{% endif %}\n\nwe got it: \
                {{ ticket.code }}.  \n\n-- \n{{ inbox.name }}\n\n";
    let subject = "[{{ ticket.code }}] {{ mail.subject | default(\"Your message\") }}";
    let template = template(Purpose::TicketReply, subject, text, None).unwrap();
    let tags = Tags::default().with(Tag::TicketCode, "INC-1").with(Tag::InboxName, "Support");
    let bare = template.render(&tags).unwrap();
    assert_eq!(bare.subject, "[INC-1] Your message");
    assert_eq!(bare.text, "Hello,\n\nwe got it: INC-1.\n\n-- \nSupport\n");
    let named = tags.with(Tag::ContactName, "Ann").with(Tag::MailSubject, "Lamp");
    let full = template.render(&named).unwrap();
    assert_eq!(full.subject, "[INC-1] Lamp");
    assert!(full.text.starts_with("Dear Ann,\n\nwe got it"), "{}", full.text);
}

#[test]
fn tag_that_does_not_exist_or_may_be_missing_is_refused_with_its_place() {
    let cases = [
        ("Hi {{ contact.nmae }}", "contact.nmae", "unknown tag `contact.nmae`; known here: contact.name"),
        (
            "contact.foo {% if inbox.name %}x{% else %}{{ contact.foo }}{% endif %}",
            "contact.foo",
            "unknown tag",
        ),
        ("{{ nobody }}", "nobody", "unknown tag `nobody`"),
        ("{{ contact }}", "contact", "unknown tag `contact`"),
        ("{{ contact.name.first }}", "contact.name.first", "unknown tag"),
        ("Hi {{ contact.name }}", "contact.name", "{% if contact.name %}"),
        ("Hi {{ contact.name | upper }}", "contact.name", "write {{ contact.name | default"),
        ("{% if mail.subject %}{{ record.code }}{% else %}x{% endif %}", "record.code", "not always known"),
        ("{{ ticket.code }}", "ticket.code", "there is no ticket.code in a reply of an inbox for leads"),
        ("{{ comment.text }}", "comment.text", "there is no comment.text"),
        ("{{ inbox.name | shout }}", "shout", "unknown filter"),
        ("{{ inbox.name | safe }}", "safe", "unknown filter"),
        ("{{ range(9) }}", "range", "unknown tag `range`"),
        ("{{ inbox.name.upper() }}", "inbox.name.upper", "unknown tag"),
        ("{% include \"x\" %}", "include", "not a template"),
        ("Hi {{ inbox.name", "", "not a template"),
        ("Hi {% if inbox.name %}x", "", "not a template"),
        ("{{ [1, 2] }}", "[1, 2]", "not a template: only text can be printed"),
        ("  \n ", "  \n ", "the text would be empty; write one"),
        (
            "{% if contact.name %}x{% endif %}",
            "{% if contact.name %}x{% endif %}",
            "where a value is missing",
        ),
    ];
    for (text, place, message) in cases {
        let (at, said) = refused(Purpose::LeadReply, text);
        assert!(said.contains(message), "{text}: {said}");
        assert!(place.is_empty() || at.contains(place), "{text}: at {at:?}, not {place:?}");
    }
    let fault = Template::new(Purpose::LeadReply, false, "{{ company.name }}", "x", None).unwrap_err();
    assert_eq!((fault.part, fault.at), (Part::Subject, 3..15), "a company without a name");
    assert!(template(Purpose::LeadReply, "{{ company.name }}", "x", None).is_ok());
}

#[test]
fn values_are_text_whatever_they_look_like() {
    let template = template(
        Purpose::Comment,
        "{{ ticket.subject }}",
        "{{ comment.text }}",
        Some("<p title=\"{{ ticket.subject }}\">{% autoescape false %}{{ comment.text }}{% endautoescape %}</p>"),
    )
    .unwrap();
    let tags = Tags::default()
        .with(Tag::TicketSubject, "a\r\nBcc: x@y.test \u{202e}{{ 7*7 }}\0")
        .with(Tag::CommentText, "{{ 7*7 }} {% raw %}<script>'&\"\r\nline\u{2028}2\u{7}\n");
    let filled = template.render(&tags).unwrap();
    assert_eq!(filled.subject, "a Bcc: x@y.test {{ 7*7 }}");
    assert_eq!(filled.text, "{{ 7*7 }} {% raw %}<script>'&\"\nline2\n");
    let html = filled.html.unwrap();
    assert!(html.starts_with(
        "<p title=\"a Bcc: x@y.test {{ 7*7 }}\">{{ 7*7 }} {% raw %}&lt;script&gt;&#39;&amp;&quot;"
    ));
}

#[test]
fn work_and_length_are_bounded() {
    let endless = "{% set x = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" %}{% for a in x %}{% for b in x %}{% for c in x %}{% for d in \
                   x %}{{ x }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}";
    let (_, said) = refused(Purpose::LeadReply, endless);
    assert!(said.contains("too much work") || said.contains("not a template"), "{said}");
    let (_, said) = refused(Purpose::LeadReply, "{{ \"a\" * 1000000000 }}");
    assert!(said.contains("too much work"), "{said}");
    let plain = template(Purpose::Comment, "{{ ticket.subject }}", "{{ comment.text }}", None).unwrap();
    let long = Tags::default()
        .with(Tag::TicketSubject, "s ".repeat(10_000))
        .with(Tag::CommentText, "t".repeat(1 << 20));
    let filled = plain.render(&long).unwrap();
    assert!(filled.subject.chars().count() <= 201 && filled.text.len() <= 100_001);
    let nested = "{% if inbox.name %}".repeat(10_000);
    assert!(template(Purpose::LeadReply, "s", &nested, None).is_err());
}

#[test]
fn built_in_templates_serve_four_languages_and_others_get_the_companys() {
    let templates = Templates::new("", "de");
    let language = |wanted| templates.find(Purpose::Comment, None, wanted).unwrap().text.clone();
    assert!(language(Some("es")).contains("Incidencia"));
    assert!(language(Some("fr-CA")).contains("Pour ajouter"));
    assert!(language(Some("pt")).contains("Vorgang") && language(None).contains("Vorgang"));
    assert!(Templates::new("", "xx").find(Purpose::Comment, None, None).unwrap().text.contains("Ticket"));
    assert_eq!(templates.find(Purpose::LeadReply, Some("info"), None), None, "no reply is built in");
    for purpose in [Purpose::Comment, Purpose::Notice, Purpose::Digest] {
        let all = built_in::all().iter().filter(|(_, template)| template.purpose == purpose);
        assert_eq!(all.map(|(language, _)| *language).collect::<Vec<_>>(), ["en", "es", "de", "fr"]);
    }
}

#[test]
fn inboxs_own_template_comes_before_the_companys_and_that_before_the_built_in_one() {
    let mut templates = Templates::new("Example Ltd", "es");
    let one = |text: &str| template(Purpose::Comment, "S", text, None).unwrap();
    let text = |templates: &Templates, inbox, language| {
        templates.find(Purpose::Comment, inbox, language).unwrap().text.clone()
    };
    templates.add(None, "en", one("company, en"));
    assert_eq!(text(&templates, Some("support"), Some("de")), "company, en");
    templates.add(Some("support"), "fr", one("support, fr"));
    templates.add(Some("support"), "es", one("support, es"));
    assert_eq!(text(&templates, Some("support"), Some("fr")), "support, fr");
    assert_eq!(text(&templates, Some("support"), Some("en")), "support, es");
    assert_eq!(text(&templates, Some("info"), Some("es")), "company, en");
    assert_eq!(templates.tags().value(Tag::CompanyName), Some("Example Ltd"));
}
