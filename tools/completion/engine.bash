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
