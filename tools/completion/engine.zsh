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
