//! Examples below the help of verbs: what a person would type.

/// `crmctl`: where to begin, and the exit codes.
pub const TOP: &str = "\
Each noun has verbs, and each verb a --help with examples. Where a CONTACT is asked for, an id, an address, a phone
or the whole name may stand; where a RECORD or TICKET is, its code or id.

Examples:
  crmctl contact show ana@example.com        the card, with notes, tasks, records, tickets and mail
  crmctl task list                           what is to be done
  crmctl intake list --outcome unresolved    mail that waits for a person
  crmctl check                               is everything as it must be?

Exit codes are those of sysexits(3): 64 usage, 65 bad data, 66 no input, 69 service unavailable, 70 internal error,
73 cannot create, 74 input/output error, 75 try again later, 77 no permission, 78 configuration error.";

/// `crmctl contact`.
pub const CONTACT: &str = "\
CONTACT is an id, an address, a phone or the whole name. The id of a contact that was merged leads to the one that it
was merged into.

Examples:
  crmctl contact add \"Ana Ruiz\" --address ana@example.com --phone \"600 111 222\"
  crmctl contact list --owner ana --order updated
  crmctl contact lost ana@example.com";

/// `crmctl contact add`.
pub const ADD: &str = "\
Examples:
  crmctl contact add \"Ana Ruiz\" --address ana@example.com --phone \"600 111 222\"
  crmctl contact add \"Ruiz S.L.\" --set is-company=yes --set type=client --set owner=ben
  crmctl contact add \"Ana Ruiz\" --address ana@example.com --under \"Ruiz S.L.\"

The fields of --set are those of `crmctl contact set --help`. With `allow_duplicates = true` in [contacts] of the
configuration an address or phone may be several contacts'; mail from it then waits for a person to decide.";

/// `crmctl contact list`.
pub const LIST: &str = "\
Columns: name addresses phones company job-title type stage state stars colour emoji language interests origin
owner office since updated id

Examples:
  crmctl contact list --owner ana --state open --order updated
  crmctl contact list --stage \"Offer sent\" --columns name,phones,owner --limit 20
  crmctl contact list --limit 20 --after 0198c2f0-…   (the id that stands last on the page before)
  crmctl contact list --owner - --created-since 7d";

/// `crmctl contact set`.
pub const SET: &str = "\
Fields:
  name, company, job-title    text
  is-company                  yes or no
  type                        key of a type, see `crmctl type list`
  stage                       name of a stage of that type, see `crmctl stage list`
  state                       open, won, lost or inactive
  owner, office               login of a user, name of an office
  origin                      key of an origin, see `crmctl origin list`
  language                    code as en or es
  interests                   words between commas; interests+=golf adds, interests-=golf removes
  stars                       0 to 3
  colour                      #rrggbb, or red orange yellow green blue purple pink brown grey
  emoji                       one emoji

Examples:
  crmctl contact set ana@example.com stars=3 owner=ben stage=\"Offer sent\"
  crmctl contact set \"Ana Ruiz\" company= interests+=golf,sailing

Addresses and phones have verbs of their own: `crmctl contact address`, `crmctl contact phone`.";

/// `crmctl contact bulk`.
pub const BULK: &str = "\
Examples:
  crmctl contact bulk --owner ana --set owner=ben
  crmctl contact bulk --type client --created-since 30d --set stars=1 --set colour=green

It prints how many contacts the filter finds, the first of them and what changes, and asks once. Exactly these
contacts are changed, all or none. A script says --yes; without a terminal and without --yes nothing is changed.";

/// `crmctl contact merge`.
pub const MERGE: &str = "\
Addresses, phones, mail, records, tickets, notes, tasks, persons, blocks and consents move. The contact that stays
keeps its fields and takes over those that it has not. Whatever you may not see stays where it is; a merge of the
same two by somebody who sees it moves the rest.

Examples:
  crmctl contact merge ana.old@example.com ana@example.com
  crmctl contact unmerge 0198c2f0-…   (the id that the merge printed, also on the card)";

/// `crmctl task add`.
pub const TASK: &str = "\
WHEN is in your time zone (TZ): 2026-11-30, \"2026-11-30 10:00\", today, tomorrow, 3d for in three days, or with an
offset 2026-11-30T10:00:00+01:00. A date without a time means the end of that day.

Examples:
  crmctl task add \"Call back\" --contact ana@example.com --due \"2026-11-30 10:00\"
  crmctl task add \"Send the offer\" --record DEAL-12 --for ben --due tomorrow";

/// `crmctl note add`.
pub const NOTE: &str = "\
Examples:
  crmctl note add --contact ana@example.com \"Prefers the phone, mornings\" --pin
  crmctl note add --record DEAL-12 - < minutes.txt";

/// `crmctl origin add`.
pub const ORIGIN: &str = "\
Examples:
  crmctl origin add fair --name en=\"Trade fair\" --name es=Feria --icon 🎪";

/// `crmctl stage add`.
pub const STAGE: &str = "\
Examples:
  crmctl stage add --type client \"Offer sent\"
  crmctl stage add --kind deal Negotiation --position 2";

/// `crmctl record add`.
pub const RECORD: &str = "\
A code is found in the subjects of mail if its series stands in `prefixes` in [records] of the configuration.

Examples:
  crmctl record add --kind deal --title \"Flat in Calle Mayor\" --contact ana@example.com
  crmctl record add --kind property --code PROP-9 --title Flat --external-reference REF-77
  crmctl record add --mail 0198c2f0-…   (a deal out of a mail: its subject, its contacts)";

/// `crmctl record set`.
pub const RECORD_SET: &str = "\
Fields:
  title, reference            text
  owner, office               login of a user, name of an office
  stage                       name of a stage of that kind, see `crmctl stage list`
  origin                      key of an origin, see `crmctl origin list`
  amount, currency            1234.50, EUR
  party+=, party-=            a contact: address, phone, name or id
  field.NAME                  a field of your own

Examples:
  crmctl record set DEAL-12 stage=Negotiation amount=1200 currency=EUR
  crmctl record set DEAL-12 party+=ben@example.com field.rooms=4 reference=";

/// `crmctl record convert`.
pub const CONVERT: &str = "\
The record is won; parties, owner, amount, reference and free fields go to the new one. All its mail stands on both
from then on, and what still comes for the old one as well; the database lets nobody take such a mail off either.

Examples:
  crmctl record convert LEAD-7
  crmctl record convert LEAD-7 --to project --title \"Roof of the school\"";

/// `crmctl ticket set`.
pub const TICKET_SET: &str = "\
Fields:
  subject                     text
  status                      new, open, pending, on_hold, solved or closed
  priority                    low, normal, high or urgent
  owner                       login of a user
  record                      code of a record, or nothing
  contact                     a contact: address, phone, name or id

What the contact answers to a solved ticket opens it again; to a closed one it opens another that names it.

Examples:
  crmctl ticket set INC-2026-00042 status=pending priority=high
  crmctl ticket set INC-2026-00042 status=solved owner=ben";

/// `crmctl activity add`.
pub const ACTIVITY: &str = "\
WHEN is written as for `crmctl task add`.

Examples:
  crmctl activity add \"Call back\" --mail 0198c2f0-… --due \"2026-11-30 10:00\"
  crmctl activity add \"Visit the flat\" --kind visit --record DEAL-12 --for ben --due tomorrow";

/// `crmctl unresolved list`.
pub const UNRESOLVED: &str = "\
Each line is settled by one command:
  crmctl unresolved link ID --record DEAL-12
  crmctl unresolved link ID --contact ana@example.com
  crmctl unresolved contact ID
  crmctl unresolved dismiss ID --reason \"a newsletter\"
  crmctl unresolved dismiss --cause excluded-address --reason \"machines\"

What is decided holds for this mail only; no rule is learnt from it. `crmctl intake list` keeps who decided, when and
how.";

/// `crmctl mail list`.
pub const MAIL_LIST: &str = "\
Columns: id sent received recorded from author to subject source direction links inboxes attachments owner filed-by
locked size language message-id snippet text

Examples:
  crmctl mail list --contact ana@example.com --order sent
  crmctl mail list --inbox info --since 7d --attachment --columns id,received,from,subject,attachments
  crmctl mail list --search 'viewing \"sea view\" -garage' --language en
  crmctl mail list --unresolved --oldest
  crmctl mail list --limit 20 --after 0198c2f0-…   (the id that stands last on the page before)";

/// `crmctl mail owner`.
pub const MAIL_OWNER: &str = "\
The owner of a mail looks after it; who sees it depends on what it stands on and does not change.

Examples:
  crmctl mail owner ana 0198c2f0-…
  crmctl mail owner ana --inbox info --unresolved
  crmctl mail owner - --owner ben --yes";

/// `crmctl mail save`.
pub const MAIL_SAVE: &str = "\
For mail of an inbox with `record = \"manual\"`, and for whatever waits for a decision. Its lines of intake are resolved
with what was decided. Mail among colleagues is never filed.

Examples:
  crmctl intake list --outcome unresolved
  crmctl mail save 0198c2f0-… --new lead
  crmctl mail save 0198c2f0-… --contact ana@example.com --record DEAL-7";

/// `crmctl mail export`.
pub const MAIL_EXPORT: &str = "\
CSV is that of RFC 4180, in UTF-8, with a first line of names. A cell that a spreadsheet would compute (it begins with
= + - or @) has an apostrophe before it. The mbox is of the kind mboxrd. Who got a blind copy is never written, but in
mails that the user has sent or filed.

Examples:
  crmctl mail export --contact ana@example.com --format mbox --output ana.mbox
  crmctl mail export --since 2026-01-01 --format csv --columns sent,author,subject,links > mails.csv
  crmctl mail export 0198c2f0-… 0198c2f1-… --format jsonl --text";

/// `crmctl audit list`.
pub const AUDIT: &str = "\
Of what came or went the row is shown, of what was changed each column as it was and as it is. What a mail says never
stands there, nor what the daemon files: that is in `crmctl intake list`.

Examples:
  crmctl audit list --contact ana@example.com
  crmctl audit list --by ben --table users
  crmctl audit list --id 0198c2f0-…";
/// `crmctl import`.
pub const IMPORT: &str = "\
Examples:
  crmctl import /var/mail/info --inbox info --history
  crmctl --as ana import /home/ana/Maildir --inbox log --since 2024-01-01
  crmctl import old.mbox archive/*.mbox --inbox info

It is run as root, or as crm-milter's own user, on a host where crm-milter runs. A mailbox in use is copied first. With
--as, mail that this user wrote counts as the user's own: the recipients are the contacts. Without it, and for
everybody else's mail, the import carries nobody's authority. Nobody is notified, and nothing is answered.

It goes by the spool, and waits whenever that holds more than the daemon can file soon. Killed at any point, the same
command goes on where it was. Mail that is stored already is listed as a duplicate. `crmctl intake list` says what
came of each message; exit code 74 says that something could not be read.";

/// `crmctl ticket add`.
pub const TICKET_ADD: &str = "\
Examples:
  crmctl ticket add --subject \"Boiler broken\" --contact \"600 111 222\" --note \"She called, no mail\"
  crmctl ticket add --mail 0198c2f0-… --priority high --owner ben";

/// `crmctl mail add`.
pub const MAIL_ADD: &str = "\
The message is stored with the source `desk` and filed as `crmctl mail save` files; with --as it is filed by that user.
It goes by the spool: run it as root, or as crm-milter's own user, on a host where crm-milter runs.

Examples:
  crmctl --as ana mail add offer.eml --contact bert@example.org --record DEAL-7
  crmctl mail add *.eml --new lead";

/// `crmctl reprocess`.
pub const REPROCESS: &str = "\
After a template, an inbox or a rule was changed: what is found in stored mail now and was not found then is shown; with
--apply it is added. Mail that waits for a person, or that was taken for a machine's or not understood, is filed as if
it came today, with contact and lead. Mail that was filed may get more links, and its contacts what their cards say
nothing of. What a person has decided, unlinked or locked stays as it is, and a second run finds nothing more.

Examples:
  crmctl reprocess --inbox info --since 30d
  crmctl reprocess --inbox info --since 30d --apply
  crmctl reprocess --mail 0198c2f0-…

With --json an array: an object for each mail that has something new, and one with the numbers at the end.";
