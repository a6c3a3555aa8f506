"""Why a whole file is refused. Each kind has its code `import.<kind>`; nothing of such a file is stored."""

from __future__ import annotations

from shopcare.errors import ShopcareError
from shopcare.i18n import N_


class ImportRefusalError(ShopcareError):
    """A file that cannot be imported: exit 5 when no file of the call could."""

    code = "import.refused"


class UnreadableError(ImportRefusalError):
    """The file is missing, a folder, or not readable; `missing` in the context tells which."""

    code = "import.unreadable"
    sentence = "{file} cannot be read: {problem}."
    hint = "Name an existing export file, or - for standard input."


class EmptyFileError(ImportRefusalError):
    """Nothing but blanks."""

    code = "import.empty-file"
    sentence = "{file} is empty."
    hint = "Export it again; the download may have failed."


class BinaryError(ImportRefusalError):
    """Bytes that are no text at all."""

    code = "import.binary"
    sentence = "{file} is not a text file but {what}."
    hint = "Give the CSV file as the platform exported it."


class EncryptedError(ImportRefusalError):
    """A workbook or archive locked with a password."""

    code = "import.encrypted"
    sentence = "{file} is locked with a password."
    hint = "Open it with its password and save it without one."


class TooLargeError(ImportRefusalError):
    """More than a real export holds: a decompression bomb, or a file that should be split."""

    code = "import.too-large"
    sentence = "{file} would take more than {limit} MB unpacked, or holds far more than any export."
    hint = "If it is a real export, export a shorter period or save it as CSV."


class CorruptFileError(ImportRefusalError):
    """A workbook or archive that was cut off."""

    code = "import.corrupt-file"
    sentence = "{file} is a damaged or cut-off {what}."
    hint = "Download it again."


class ArchiveError(ImportRefusalError):
    """A compressed file of a kind that is not read, or one inside another."""

    code = "import.archive"
    sentence = "{file} is an archive in another archive or of a kind that is not read."
    hint = "Unpack it and import the files in it."


class AmbiguousArchiveError(ImportRefusalError):
    """A compressed file with several members."""

    code = "import.ambiguous-archive"
    sentence = "{file} is an archive of {count} files: {members}."
    hint = "Unpack it and name the files to import."


class HtmlOrXmlError(ImportRefusalError):
    """A web page or XML saved under a table's name."""

    code = "import.html-or-xml"
    sentence = "{file} is a web page or XML document, not a workbook or table file."
    hint = "Open it in a spreadsheet program and save it as .xlsx or as CSV (UTF-8)."


class MojibakeError(ImportRefusalError):
    """Text that was decoded in the wrong encoding and saved like that."""

    code = "import.mojibake"
    sentence = "{file} was saved in the wrong encoding: its header reads '{header}' but means '{meant}'."
    hint = "Export it again from the platform, or re-open the original and save it as UTF-8; the text here is damaged."


class WrongEncodingError(ImportRefusalError):
    """`--encoding` names another encoding than the header is written in."""

    code = "import.wrong-encoding"
    sentence = "{file} is not in {given}: its header reads right in {found}."
    hint = "Leave --encoding out, or say --encoding {found}."


class UnknownFormatError(ImportRefusalError):
    """A table whose header no format knows, or one without a header: then `value` is what stands where a name should."""

    code = "import.unknown-format"
    sentence = "{file} is no export known here; its header (line {line}) begins: {header}."
    hint = (
        "Let `shopcare import formats new NAME FILE` propose a format for it, or name its columns with --column FIELD=HEADER; "
        "`shopcare import formats show generic-KIND` lists the fields, for a KIND such as orders or customers."
    )
    sentence_without_header = N_(
        "{file} has no header: line {line} holds values such as '{value}', not the names of columns."
    )
    hint_without_header = N_(
        "Put a line with a name for each column above the rows and remove what else stands above them; then "
        "`shopcare import formats new NAME FILE` proposes a format for it."
    )

    def __init__(self, **context: object) -> None:
        if context["value"]:
            self.sentence, self.hint = self.sentence_without_header, self.hint_without_header
        super().__init__(**context)


class WrongKindError(ImportRefusalError):
    """A known export of another kind than the command imports; `command` is the one for it, if there is one."""

    code = "import.wrong-kind"
    sentence = "{file} is not an export of {wanted}: it is recognised as {title}."
    hint = "This file holds {kind}: `{command}`."
    hint_without_command = N_("This file holds {kind}. Export the {wanted} from the platform.")

    def __init__(self, **context: object) -> None:
        super().__init__(**context)
        if not context["command"]:
            self.hint = self.hint_without_command


class WrongPlatformError(ImportRefusalError):
    """A known export of another platform or format than `--platform` says."""

    code = "import.wrong-platform"
    sentence = "{file} is no export of '{given}': it is recognised as {title}."
    hint = "Leave --platform out, or say --platform {found}."


class MissingColumnError(ImportRefusalError):
    """A known header that lacks a column the format cannot do without."""

    code = "import.missing-column"
    sentence = "{file} resembles {title} but has no column {columns}."
    hint = (
        "Export again with that column, or name it with --column FIELD=HEADER if the file is in a format of your own."
    )


class DuplicateColumnError(ImportRefusalError):
    """A column that decides something stands there twice."""

    code = "import.duplicate-column"
    sentence = "{file} has the column '{column}' more than once (line {line})."
    hint = "Remove the one that is wrong."


class UnbalancedQuoteError(ImportRefusalError):
    """A quote that is never closed, or closed in the wrong place: cells after it cannot be told apart."""

    code = "import.unbalanced-quote"
    sentence = "{file}: line {line} has an unbalanced quote; cells from there on cannot be told apart."
    hint = "Mend line {line} or export again."


class OtherHeaderError(ImportRefusalError):
    """Exports of different columns below each other in one file."""

    code = "import.two-headers"
    sentence = "{file}: line {line} is the header of another export, whose columns are not those of the first."
    hint = "Import the rows from line {line} on as a file of their own."


class LineEndsError(ImportRefusalError):
    """A file whose lines end in a character that ends no line, so that all of it is one header."""

    code = "import.line-ends"
    sentence = "{file}: no line ends after the header; the lines seem to be separated by {character}."
    hint = "Save the file with ordinary line ends (LF or CRLF), or export it again."


class AmbiguousDateError(ImportRefusalError):
    """Dates in digits of which nothing shows whether the day, the month or the year comes first."""

    code = "import.ambiguous-date"
    sentence = "{file}: the dates in the column '{column}' do not show what comes first in them."
    hint = "Say it with --date-order dmy (day first), mdy (month first) or ymd (year first)."


class UnknownPlatformError(ImportRefusalError):
    """`--platform` names nothing known."""

    code, exit_code = "import.unknown-platform", 2
    sentence = "There is no import format or platform '{name}'."
    hint = "Known: {known}."


class UnknownFieldError(ImportRefusalError):
    """`--column` names no field of the generic format."""

    code, exit_code = "import.unknown-field", 2
    sentence = "--column takes FIELD=HEADER with a field of the generic format; '{given}' is not that."
    hint = "Fields: {fields}."


class FormatFileError(ImportRefusalError):
    """A format file under `config/platforms` is not what it should be."""

    code, exit_code = "import.format-file", 6
    sentence = "Format file {file}: {problem}."
    hint = "Compare it with the shipped files in config/platforms."
