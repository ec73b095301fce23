//! Answers in XML.

use roxmltree::{Document, Node, ParsingOptions};

/// The most elements and texts of an answer: a full page has a tenth of it.
const MOST_NODES: u32 = 400_000;

/// An answer, parsed. Entities of its own are refused.
pub(in crate::aws) struct Tree<'a>(Document<'a>);

impl<'a> Tree<'a> {
    /// Parses an answer whose outermost element is called `name`, in whatever namespace.
    pub(in crate::aws) fn of(text: &'a str, name: &str) -> Option<Tree<'a>> {
        let document = parsed(text)?;
        (document.root_element().tag_name().name() == name).then_some(Tree(document))
    }

    /// The outermost element.
    pub(in crate::aws) fn root(&self) -> Node<'_, 'a> {
        self.0.root_element()
    }
}

/// The elements called `name` right below `node`.
pub(in crate::aws) fn children<'n, 'a>(node: Node<'n, 'a>, name: &'static str) -> impl Iterator<Item = Node<'n, 'a>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

/// The text of the first element called `name` right below `node`.
pub(in crate::aws) fn child<'n>(node: Node<'n, '_>, name: &'static str) -> Option<&'n str> {
    children(node, name).next()?.text()
}

/// What a service says of a call that it refuses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    /// The region that S3 expects.
    pub(super) region: Option<String>,
}

/// Reads the refusal of EC2 (`Response/Errors/Error`) or S3 (`Error`), wherever the element is.
pub(super) fn refusal(text: &str) -> Option<Refusal> {
    let document = parsed(text)?;
    let error = document.descendants().find(|node| node.tag_name().name() == "Error")?;
    let code = child(error, "Code").map(str::trim).filter(|code| !code.is_empty())?;
    Some(Refusal {
        code: code.to_owned(),
        message: child(error, "Message").unwrap_or_default().trim().to_owned(),
        region: child(error, "Region").map(|region| region.trim().to_owned()),
    })
}

fn parsed(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    // A byte order mark is allowed.
    Document::parse_with_options(text.trim_start_matches('\u{feff}').trim_start(), options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_both_services_are_read() {
        let ec2 = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>UnauthorizedOperation\
                   </Code><Message>You are &lt;not&gt; allowed</Message></Error></Errors><RequestID>r</RequestID></Response>";
        let refusal = super::refusal(ec2).unwrap();
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("UnauthorizedOperation", "You are <not> allowed")
        );
        let s3 =
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message><Region>eu-west-1</Region></Error>";
        assert_eq!(super::refusal(s3).unwrap().region.as_deref(), Some("eu-west-1"));
        for none in ["", "<html><body>Log in</body></html>", "<Error><Message>m</Message></Error>", "{}", "<Error>"] {
            assert_eq!(super::refusal(none), None, "{none}");
        }
    }

    #[test]
    fn hostile_answers_are_refused_and_do_no_harm() {
        let laughs = "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;&x;\">]><Error><Code>&y;</Code></Error>";
        assert!(parsed(laughs).is_none());
        let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Error><Code>&x;</Code></Error>";
        assert!(parsed(outside).is_none());
        let deep = "<a>".repeat(300_000) + &"</a>".repeat(300_000);
        if let Some(tree) = Tree::of(&deep, "a") {
            assert_eq!(children(tree.root(), "a").count(), 1);
        }
        assert!(refusal(&deep).is_none());
        let many = format!("<a>{}</a>", "<b/>".repeat(500_000));
        assert!(Tree::of(&many, "a").is_none());
    }
}
