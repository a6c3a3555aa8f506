"""Completion scripts for bash, zsh and fish, written from the surface.

The scripts answer commands, options and choices from text written into them; only ids start the program, as
`shopcare __complete KIND PREFIX` with the store that is named on the line. Ids are data: they are never evaluated, and
are quoted before they are put on the line.
"""

from __future__ import annotations

from surface import Command, Parameter, Surface, Values

HEAD = "# Written by tools/generate.py from the commands themselves; do not edit.\n"


def everywhere(surface: Surface) -> tuple[Parameter, ...]:
    """The options of every command: those of the root that take a value."""
    return tuple(option for option in surface.root.options if option.values)


def with_values(surface: Surface) -> list[str]:
    """Every option that takes a value, wherever it belongs.

    Raises:
        SystemExit: a name is a switch in one command and takes a value in another; the scripts tell them apart by name.
    """
    commands = [surface.root, *surface.everything()]
    takes = {name for c in commands for o in c.options if o.values for name in o.names}
    switches = {name for c in commands for o in c.options if not o.values for name in o.names}
    if takes & switches:
        raise SystemExit(f"options both with and without a value: {sorted(takes & switches)}")
    return sorted(takes)


def summary(text: str) -> str:
    """The first sentence of a help text."""
    from shopcare.cli.pages import first_sentence

    return first_sentence(text).rstrip(".")


# ---------------------------------------------------------------------------------------------------------------- bash

BASH_ENGINE = r"""
# The word as it will be once the shell has read it: backslashes and quotes taken off. Nothing is expanded.
_shopcare_plain() {
    local text=$1
    case $text in
        \'*) text=${text#\'} text=${text%\'} ;;
        \"*) text=${text#\"} text=${text%\"} ;;
        *) text=${text//\\\\/$'\001'} text=${text//\\/} text=${text//$'\001'/\\} ;;
    esac
    plain=$text
}

# The words of the line as the user wrote them: bash has cut them at each `=` and `:`.
_shopcare_words() {
    local rest=${COMP_LINE:0:COMP_POINT} bare index
    words=()
    for ((index = 0; index <= COMP_CWORD; index++)); do
        bare=${rest#"${rest%%[![:space:]]*}"}
        if ((index == 0)) || [[ $bare != "$rest" ]]; then
            words+=("")
        fi
        words[${#words[@]} - 1]+=${COMP_WORDS[index]}
        rest=${bare#"${COMP_WORDS[index]}"}
    done
}

# What bash replaces begins after the last `=` or `:`; that much is taken off each answer.
_shopcare_cut() {
    local typed=$1 head='' before index
    [[ $typed == [\'\"]* ]] && return
    for index in : =; do
        if [[ $COMP_WORDBREAKS == *"$index"* && $typed == *"$index"* ]]; then
            before=${typed%"$index"*}$index
            ((${#before} > ${#head})) && head=$before
        fi
    done
    [[ -n $head ]] || return
    for index in "${!COMPREPLY[@]}"; do
        COMPREPLY[index]=${COMPREPLY[index]#"$head"}
    done
}

# Words written into this script.
_shopcare_offer() {
    local prefix=$1 word
    shift
    for word in "$@"; do
        [[ $word == "$prefix"* ]] && COMPREPLY+=("$word")
    done
}

# Ids, which only the store knows; quoted for the line, because an order number may be `#1001` or hold a space.
_shopcare_ids() {
    local kind=$1 typed=$2 plain found id
    _shopcare_plain "$typed"
    local -a named=()
    [[ -n $store ]] && named+=("SHOPCARE_STORE=$store")
    [[ -n $config ]] && named+=("SHOPCARE_CONFIG=$config")
    mapfile -t found < <(env "${named[@]}" "$program" __complete "$kind" "$plain" 2>/dev/null)
    for id in "${found[@]}"; do
        case $typed in
            \'*) [[ $id == *\'* ]] || COMPREPLY+=("$id") ;;
            \"*) id=${id//\\/\\\\} id=${id//\"/\\\"} id=${id//\$/\\\$} COMPREPLY+=("${id//\`/\\\`}") ;;
            *) printf -v id %q "$id" && COMPREPLY+=("$id") ;;
        esac
    done
}

_shopcare_files() {
    local plain
    _shopcare_plain "$1"
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$plain")
}

# One place on the line: `typed` is what stands there, the rest of the arguments says what may.
_shopcare_place() {
    local typed=$1
    shift
    case $1 in
        words) _shopcare_offer "$typed" "${@:2}" ;;
        id) _shopcare_ids "$2" "$typed" && compopt -o nosort 2>/dev/null ;;
        file) _shopcare_files "$typed" ;;
    esac
}

_shopcare() {
    local program=$1 noun='' verb='' store=${SHOPCARE_STORE-} config=${SHOPCARE_CONFIG-} plain word option=''
    local -a words place options
    local -i index position=0 ended=0
    COMPREPLY=()
    _shopcare_words
    local typed=${words[${#words[@]} - 1]}
    for ((index = 1; index < ${#words[@]} - 1; index++)); do
        word=${words[index]}
        _shopcare_plain "$word"
        if [[ -n $option ]]; then
            case $option in
                --store) store=$plain ;;
                --config) config=$plain ;;
            esac
            option=''
        elif ((ended)); then
            position+=1
        elif [[ $word == -- ]]; then
            ended=1
        elif [[ $word == --store=* ]]; then
            store=${plain#--store=}
        elif [[ $word == --config=* ]]; then
            config=${plain#--config=}
        elif [[ $word == -?* ]]; then
            _shopcare_takes_value "$word" && option=$word
        elif [[ -z $noun ]]; then
            noun=$word
        elif [[ -z $verb ]] && _shopcare_has_verbs "$noun"; then
            verb=$word
        else
            position+=1
        fi
    done
    [[ $store == '~/'* ]] && store=$HOME/${store#'~/'}
    [[ $config == '~/'* ]] && config=$HOME/${config#'~/'}
    local path=$noun${verb:+ $verb}
    if [[ -n $option ]]; then
        _shopcare_option "$path" "$option"
        _shopcare_place "$typed" "${place[@]}"
    elif ((!ended)) && [[ $typed == --*=* ]]; then
        _shopcare_option "$path" "${typed%%=*}"
        _shopcare_place "${typed#*=}" "${place[@]}"
        typed=${typed#*=}
    elif ((!ended)) && [[ $typed == -* ]]; then
        _shopcare_options "$path"
        _shopcare_offer "$typed" "${options[@]}"
    else
        _shopcare_argument "$path" $((position + 1))
        _shopcare_place "$typed" "${place[@]}"
    fi
    _shopcare_cut "$typed"
}

complete -F _shopcare shopcare
"""


def bash(surface: Surface) -> str:
    """The bash script (bash ≥ 4.4)."""
    every = everywhere(surface)
    commands = surface.everything()
    takes = "|".join(with_values(surface))
    nouns = "|".join(noun.name for noun in surface.nouns if noun.verbs)
    parts = [
        HEAD,
        "\n_shopcare_takes_value() {\n    case $1 in\n        " + takes + ") return 0 ;;\n    esac\n    return 1\n}\n",
        "\n_shopcare_has_verbs() {\n    case $1 in\n        " + nouns + ") return 0 ;;\n    esac\n    return 1\n}\n",
        '\n# What an option takes.\n_shopcare_option() {\n    place=()\n    case "$1 $2" in\n',
        *(_bash_option(command, option) for command in commands for option in command.options),
        *(_bash_everywhere(option) for option in every),
        "    esac\n}\n",
        "\n# The options of a command.\n_shopcare_options() {\n    case $1 in\n",
        *(_bash_options(command, every) for command in [surface.root, *commands]),
        "    esac\n}\n",
        '\n# What the argument at a position is.\n_shopcare_argument() {\n    place=()\n    case "$1 $2" in\n',
        f'        " 1") place=(words {" ".join(noun.name for noun in surface.nouns)}) ;;\n',
        *(_bash_arguments(command) for command in commands),
        "    esac\n}\n",
        BASH_ENGINE,
    ]
    return "".join(parts)


def _bash_place(values: Values) -> str:
    return {"words": " ".join(["words", *values.words]), "id": f"id {values.id}", "file": "file"}.get(values.kind, "")


def _bash_option(command: Command, option: Parameter) -> str:
    place = _bash_place(option.values) if option.values else ""
    pattern = "|".join(f'"{command.name} {name}"' for name in option.names)
    return f"        {pattern}) place=({place}) ;;\n" if place else ""


def _bash_everywhere(option: Parameter) -> str:
    place = _bash_place(option.values) if option.values else ""
    pattern = "|".join(f'*" {name}"' for name in option.names)
    return f"        {pattern}) place=({place}) ;;\n" if place else ""


def _bash_options(command: Command, every: tuple[Parameter, ...]) -> str:
    own = [name for option in command.options for name in option.names]
    names = own + [name for option in every for name in option.names if name not in own]
    return f'        "{command.name}") options=({" ".join(names)}) ;;\n'


def _bash_arguments(command: Command) -> str:
    if command.verbs:
        verbs = " ".join(verb.words[-1] for verb in command.verbs)
        return f'        "{command.name} 1") place=(words {verbs}) ;;\n'
    lines = []
    for number, argument in enumerate(command.arguments, 1):
        place = _bash_place(argument.values or Values("text"))
        pattern = f'"{command.name} "*' if argument.repeated else f'"{command.name} {number}"'
        if place:
            lines.append(f"        {pattern}) place=({place}) ;;\n")
    return "".join(lines)


# ----------------------------------------------------------------------------------------------------------------- zsh

ZSH_ENGINE = r"""
# Ids, which only the store knows: the kind is the last argument, before it stand options for compadd. compadd quotes ids
# for the line; nothing is evaluated.
_shopcare_ids() {
    local store=$SHOPCARE_STORE config=$SHOPCARE_CONFIG word option
    local -a found
    for word in "${(@)shopcare_line[2,-1]}"; do
        case $option in
            --store) store=${(Q)word} ;;
            --config) config=${(Q)word} ;;
        esac
        option=$word
        case $word in
            --store=*) store=${(Q)${word#--store=}} ;;
            --config=*) config=${(Q)${word#--config=}} ;;
        esac
    done
    [[ $store == '~/'* ]] && store=$HOME/${store#'~/'}
    [[ $config == '~/'* ]] && config=$HOME/${config#'~/'}
    found=("${(@f)$(
        [[ -n $store ]] && export SHOPCARE_STORE=$store
        [[ -n $config ]] && export SHOPCARE_CONFIG=$config
        command "${(Q)shopcare_line[1]}" __complete "${@[-1]}" "${(Q)PREFIX}" 2>/dev/null
    )}")
    found=("${(@)found:#}")
    (( $#found )) && compadd "${(@)argv[1,-2]}" -V ids -a found
}

_shopcare() {
    local -a shopcare_line=("${words[@]}") nouns verbs
    local curcontext=$curcontext state line
    _arguments -C -S "$shopcare_everywhere[@]" $shopcare_root '1: :->noun' '*:: :->rest'
    case $state in
        noun) _describe -t commands command shopcare_nouns ;;
        rest) _shopcare_noun "$words[1]" ;;
    esac
}

# Loaded by `compinit` from the function path this file is the function itself; sourced, it registers it.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _shopcare "$@"
else
    compdef _shopcare shopcare
fi
"""


def zsh(surface: Surface) -> str:
    """The zsh script: the native `_arguments` with descriptions."""
    every = everywhere(surface)
    parts = [
        "#compdef shopcare\n" + HEAD + "\ntypeset -ga shopcare_everywhere shopcare_root shopcare_nouns\n",
        "\nshopcare_everywhere=(\n" + "".join(f"    {_zsh_spec(option)}\n" for option in every) + ")\n",
        "\nshopcare_root=(\n",
        *(f"    {_zsh_spec(option)}\n" for option in surface.root.options if not option.values),
        ")\n",
        "\nshopcare_nouns=(\n",
        *(f"    {_quoted(noun.name + ':' + _colons(summary(noun.help)))}\n" for noun in surface.nouns),
        ")\n",
        "\n_shopcare_noun() {\n    local state line\n    local -a verbs\n    case $1 in\n",
        *(_zsh_noun(noun) for noun in surface.nouns),
        "    esac\n}\n",
        *(_zsh_verb(command) for command in surface.commands()),
        ZSH_ENGINE,
    ]
    return "".join(parts)


def _zsh_function(command: Command) -> str:
    return "_shopcare_command_" + "_".join(command.words).replace("-", "_")


def _zsh_noun(noun: Command) -> str:
    if not noun.verbs:
        return f"        {noun.name}) {_zsh_function(noun)} ;;\n"
    verbs = "".join(f"                {_quoted(v.words[-1] + ':' + _colons(summary(v.help)))}\n" for v in noun.verbs)
    cases = "".join(f"                {verb.words[-1]}) {_zsh_function(verb)} ;;\n" for verb in noun.verbs)
    return (
        f"        {noun.name})\n            verbs=(\n{verbs}            )\n"
        "            _arguments -C -S \"$shopcare_everywhere[@]\" '(-h --help)'{-h,--help}'[help]'"
        " '1: :->verb' '*:: :->rest'\n"
        "            [[ $state == verb ]] && _describe -t commands command verbs\n"
        f"            [[ $state == rest ]] && case $words[1] in\n{cases}            esac ;;\n"
    )


def _zsh_verb(command: Command) -> str:
    specs = [_zsh_spec(option) for option in command.options]
    specs += [_zsh_argument(number, argument) for number, argument in enumerate(command.arguments, 1)]
    lines = " \\\n".join(f"        {spec}" for spec in ['"$shopcare_everywhere[@]"', *specs])
    return f"\n{_zsh_function(command)}() {{\n    _arguments -S \\\n{lines}\n}}\n"


def _zsh_action(values: Values) -> str:
    match values.kind:
        case "words":
            return f"({' '.join(values.words)})"
        case "id":
            return f"_shopcare_ids {values.id}"
        case "file":
            return "_files"
        case _:
            return " "


def _zsh_spec(option: Parameter) -> str:
    repeat = "*" if option.repeated else ""
    others = "" if option.repeated else f"({' '.join(option.names)})"
    about = f"[{_brackets(summary(option.help))}]"
    value = f":{_colons(option.metavar.lower())[:20] or 'value'}:{_zsh_action(option.values)}" if option.values else ""
    sign = "=" if option.values else ""
    specs = [
        _quoted(f"{others}{repeat}{name}{sign if name.startswith('--') else ''}{about}{value}") for name in option.names
    ]
    return " ".join(specs)


def _zsh_argument(number: int, argument: Parameter) -> str:
    place = "*" if argument.repeated else str(number)
    optional = "" if argument.required or argument.repeated else ":"
    return _quoted(
        f"{place}:{optional}{_colons(argument.metavar.lower())}:{_zsh_action(argument.values or Values('text'))}"
    )


def _quoted(text: str) -> str:
    """A word of any Bourne-like shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _brackets(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


# ---------------------------------------------------------------------------------------------------------------- fish

FISH_ENGINE = r"""
# Reads the line so far: what is typed (noun and verb), the number of the argument, and store and settings named on it.
function __shopcare_read
    set -g __shopcare_typed
    set -g __shopcare_position 1
    set -g __shopcare_store $SHOPCARE_STORE
    set -g __shopcare_config $SHOPCARE_CONFIG
    set -l option ''
    set -l ended 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$option"
            test "$option" = --store; and set __shopcare_store $word
            test "$option" = --config; and set __shopcare_config $word
            set option ''
        else if test $ended = 1
            set __shopcare_position (math $__shopcare_position + 1)
        else if test "$word" = --
            set ended 1
        else if string match -q -- '--store=*' $word
            set __shopcare_store (string replace -- '--store=' '' $word)
        else if string match -q -- '--config=*' $word
            set __shopcare_config (string replace -- '--config=' '' $word)
        else if string match -q -- '-?*' $word
            contains -- $word $__shopcare_takes_value; and set option $word
        else if test (count $__shopcare_typed) = 0
            set __shopcare_typed $word
        else if test (count $__shopcare_typed) = 1; and contains -- $__shopcare_typed $__shopcare_has_verbs
            set -a __shopcare_typed $word
        else
            set __shopcare_position (math $__shopcare_position + 1)
        end
    end
end

# Whether this command is being typed.
function __shopcare_at
    __shopcare_read
    test "$__shopcare_typed" = "$argv[1]"
end

# Whether this argument of this command is being typed; a position of * is any.
function __shopcare_argument
    __shopcare_at $argv[1]; and begin
        test "$argv[2]" = '*'; or test "$__shopcare_position" = "$argv[2]"
    end
end

# Ids, which only the store knows; fish quotes them for the line.
function __shopcare_ids
    __shopcare_read
    set -l named
    set -q __shopcare_store[1]; and set -a named SHOPCARE_STORE=(string replace -r -- '^~/' "$HOME/" $__shopcare_store)
    set -q __shopcare_config[1]; and set -a named SHOPCARE_CONFIG=(string replace -r -- '^~/' "$HOME/" $__shopcare_config)
    set -l program (commandline -opc)[1]
    set -l typed (commandline -ct | string replace -r -- '^--[a-z-]+=' '' | string unescape)
    env $named $program __complete $argv[1] "$typed" 2>/dev/null
end
"""


def fish(surface: Surface) -> str:
    """The fish script."""
    lines = [
        f"set -g __shopcare_takes_value {' '.join(with_values(surface))}",
        f"set -g __shopcare_has_verbs {' '.join(noun.name for noun in surface.nouns if noun.verbs)}",
        FISH_ENGINE,
        "complete -c shopcare -f",
        *(_fish_option("", option) for option in everywhere(surface)),
        *(_fish_option("__shopcare_at ''", option) for option in surface.root.options if not option.values),
        *(_fish_word("__shopcare_at ''", noun.name, noun.help) for noun in surface.nouns),
    ]
    for command in surface.everything():
        here = f"__shopcare_at {_fish_quoted(command.name)}"
        lines += [_fish_word(here, verb.words[-1], verb.help) for verb in command.verbs]
        lines += [_fish_option(here, option) for option in command.options]
        lines += [_fish_argument(command, number, each) for number, each in enumerate(command.arguments, 1)]
    return HEAD + "\n" + "\n".join(line for line in lines if line) + "\n"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_word(condition: str, word: str, about: str) -> str:
    return f"complete -c shopcare -n {_fish_quoted(condition)} -a {word} -d {_fish_quoted(summary(about))}"


def _fish_answers(values: Values) -> str:
    match values.kind:
        case "words":
            return f"-x -a {_fish_quoted(' '.join(values.words))}"
        case "id":
            return f"-x -k -a '(__shopcare_ids {values.id})'"
        case "file":
            return "-r -F"
        case _:
            return "-x"


def _fish_option(condition: str, option: Parameter) -> str:
    where = f" -n {_fish_quoted(condition)}" if condition else ""
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    answers = f" {_fish_answers(option.values)}" if option.values else ""
    return f"complete -c shopcare{where} {names}{answers} -d {_fish_quoted(summary(option.help))}"


def _fish_argument(command: Command, number: int, argument: Parameter) -> str:
    values = argument.values or Values("text")
    if values.kind == "text":
        return ""
    condition = (
        f"__shopcare_argument {_fish_quoted(command.name)} {_fish_quoted('*' if argument.repeated else str(number))}"
    )
    answers = {"file": "-F", "id": f"-k -a '(__shopcare_ids {values.id})'"}.get(
        values.kind, f"-a {_fish_quoted(' '.join(values.words))}"
    )
    return f"complete -c shopcare -n {_fish_quoted(condition)} {answers}"
