# Written by tools/generate.py from the commands themselves; do not edit.

_shopcare_takes_value() {
    case $1 in
        --amount|--as-of|--color|--column|--config|--currency|--customer|--date-order|--encoding|--expect-version|--exported-at|--external-id|--fault|--fields|--format|--freight|--from|--keep|--key|--kind|--lang|--limit|--line|--note|--now|--order|--outcome|--output|--platform|--reason|--refund|--rejects|--shop|--since|--stage|--status|--store|--tier|--tz|--until|--waiting-on) return 0 ;;
    esac
    return 1
}

_shopcare_has_verbs() {
    case $1 in
        import|order|customer|case|tier|points|report|shop|db|config) return 0 ;;
    esac
    return 1
}

# What an option takes.
_shopcare_option() {
    place=()
    case "$1 $2" in
        "init --platform") place=(words 1688 amazon douyin ebay etsy generic jd kuaishou lazada magento pdd shopee shopify square taobao tiktok wechat woocommerce xiaohongshu) ;;
        "init --format") place=(words table tsv csv json jsonl md) ;;
        "init --output") place=(file) ;;
        "demo --keep") place=(file) ;;
        "import orders --platform") place=(words 1688 1688-orders amazon amazon-all-orders amazon-order-report douyin douyin-orders ebay ebay-orders ebay-orders-de etsy etsy-items etsy-orders generic generic-orders jd jd-orders kuaishou kuaishou-orders lazada lazada-orders magento magento-orders pdd pdd-orders shopee shopee-orders-br shopee-orders-en shopee-orders-id shopee-orders-th shopify shopify-orders square square-items taobao taobao-lines taobao-orders taobao-suborders tiktok tiktok-orders wechat wechat-orders woocommerce woocommerce-orders xiaohongshu xiaohongshu-orders) ;;
        "import orders --shop") place=(id shop) ;;
        "import orders --date-order") place=(words dmy mdy ymd) ;;
        "import orders --rejects") place=(file) ;;
        "import reviews --platform") place=(words generic generic-reviews judgeme judgeme-reviews) ;;
        "import reviews --shop") place=(id shop) ;;
        "import reviews --date-order") place=(words dmy mdy ymd) ;;
        "import reviews --rejects") place=(file) ;;
        "import customers --platform") place=(words generic generic-customers shopify shopify-customers) ;;
        "import customers --shop") place=(id shop) ;;
        "import customers --date-order") place=(words dmy mdy ymd) ;;
        "import customers --rejects") place=(file) ;;
        "import surveys --platform") place=(words generic generic-surveys) ;;
        "import surveys --shop") place=(id shop) ;;
        "import surveys --date-order") place=(words dmy mdy ymd) ;;
        "import surveys --rejects") place=(file) ;;
        "import events --platform") place=(words generic generic-events) ;;
        "import events --shop") place=(id shop) ;;
        "import events --date-order") place=(words dmy mdy ymd) ;;
        "import events --rejects") place=(file) ;;
        "import cases --platform") place=(words amazon amazon-fba-returns douyin douyin-aftersales generic generic-cases jd jd-aftersales kuaishou kuaishou-aftersales pdd pdd-aftersales taobao taobao-aftersales) ;;
        "import cases --shop") place=(id shop) ;;
        "import cases --date-order") place=(words dmy mdy ymd) ;;
        "import cases --rejects") place=(file) ;;
        "import list --format") place=(words table tsv csv json jsonl md) ;;
        "import list --output") place=(file) ;;
        "import show --format") place=(words table tsv csv json jsonl md) ;;
        "import show --output") place=(file) ;;
        "import undo --from") place=(file) ;;
        "import undo --format") place=(words table tsv csv json jsonl md) ;;
        "import undo --output") place=(file) ;;
        "import formats --format") place=(words table tsv csv json jsonl md) ;;
        "import formats --output") place=(file) ;;
        "order list --shop") place=(id shop) ;;
        "order list --status") place=(words unpaid paid shipped completed closed cancelled refunded unknown) ;;
        "order list --customer") place=(id customer) ;;
        "order list --format") place=(words table tsv csv json jsonl md) ;;
        "order list --output") place=(file) ;;
        "order show --format") place=(words table tsv csv json jsonl md) ;;
        "order show --output") place=(file) ;;
        "customer list --shop") place=(id shop) ;;
        "customer list --format") place=(words table tsv csv json jsonl md) ;;
        "customer list --output") place=(file) ;;
        "customer show --format") place=(words table tsv csv json jsonl md) ;;
        "customer show --output") place=(file) ;;
        "customer merge --from") place=(file) ;;
        "customer merge --format") place=(words table tsv csv json jsonl md) ;;
        "customer merge --output") place=(file) ;;
        "customer unmerge --from") place=(file) ;;
        "customer unmerge --format") place=(words table tsv csv json jsonl md) ;;
        "customer unmerge --output") place=(file) ;;
        "case open --kind") place=(words refund_only return_refund exchange reship repair price_protection complaint inquiry) ;;
        "case open --fault") place=(words seller buyer both platform promoter unknown) ;;
        "case open --waiting-on") place=(words us buyer platform carrier supplier) ;;
        "case open --from") place=(file) ;;
        "case open --format") place=(words table tsv csv json jsonl md) ;;
        "case open --output") place=(file) ;;
        "case list --stage") place=(words requested negotiating approved awaiting_return return_in_transit received settling awaiting_reship reship_in_transit awaiting_confirm rejected disputed closed) ;;
        "case list --kind") place=(words refund_only return_refund exchange reship repair price_protection complaint inquiry) ;;
        "case list --customer") place=(id customer) ;;
        "case list --order") place=(id order) ;;
        "case list --waiting-on") place=(words us buyer platform carrier supplier) ;;
        "case list --shop") place=(id shop) ;;
        "case list --format") place=(words table tsv csv json jsonl md) ;;
        "case list --output") place=(file) ;;
        "case show --format") place=(words table tsv csv json jsonl md) ;;
        "case show --output") place=(file) ;;
        "case move --waiting-on") place=(words us buyer platform carrier supplier) ;;
        "case move --fault") place=(words seller buyer both platform promoter unknown) ;;
        "case move --from") place=(file) ;;
        "case move --format") place=(words table tsv csv json jsonl md) ;;
        "case move --output") place=(file) ;;
        "case close --outcome") place=(words refunded partly_refunded exchanged reshipped repaired compensated explained rejected withdrawn expired platform_for_buyer platform_for_seller) ;;
        "case close --fault") place=(words seller buyer both platform promoter unknown) ;;
        "case close --from") place=(file) ;;
        "case close --format") place=(words table tsv csv json jsonl md) ;;
        "case close --output") place=(file) ;;
        "tier assign --format") place=(words table tsv csv json jsonl md) ;;
        "tier assign --output") place=(file) ;;
        "tier list --format") place=(words table tsv csv json jsonl md) ;;
        "tier list --output") place=(file) ;;
        "tier show --format") place=(words table tsv csv json jsonl md) ;;
        "tier show --output") place=(file) ;;
        "points award --from") place=(file) ;;
        "points award --format") place=(words table tsv csv json jsonl md) ;;
        "points award --output") place=(file) ;;
        "points redeem --order") place=(id order) ;;
        "points redeem --format") place=(words table tsv csv json jsonl md) ;;
        "points redeem --output") place=(file) ;;
        "points balance --format") place=(words table tsv csv json jsonl md) ;;
        "points balance --output") place=(file) ;;
        "points history --format") place=(words table tsv csv json jsonl md) ;;
        "points history --output") place=(file) ;;
        "report retention --shop") place=(id shop) ;;
        "report retention --format") place=(words table tsv csv json jsonl md) ;;
        "report retention --output") place=(file) ;;
        "shop list --format") place=(words table tsv csv json jsonl md) ;;
        "shop list --output") place=(file) ;;
        "shop add --platform") place=(words 1688 amazon douyin ebay etsy generic jd kuaishou lazada magento pdd shopee shopify square taobao tiktok wechat woocommerce xiaohongshu) ;;
        "shop add --format") place=(words table tsv csv json jsonl md) ;;
        "shop add --output") place=(file) ;;
        "db migrate --format") place=(words table tsv csv json jsonl md) ;;
        "db migrate --output") place=(file) ;;
        "db check --format") place=(words table tsv csv json jsonl md) ;;
        "db check --output") place=(file) ;;
        "config show --format") place=(words table tsv csv json jsonl md) ;;
        "config show --output") place=(file) ;;
        *" --store") place=(file) ;;
        *" --config") place=(file) ;;
        *" --lang") place=(words en zh) ;;
        *" --color") place=(words auto always never) ;;
    esac
}

# The options of a command.
_shopcare_options() {
    case $1 in
        "") options=(--version -V --store --config --lang --color --now --help -h) ;;
        "init") options=(--shop --platform --currency --tz --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "demo") options=(--keep --help -h --store --config --lang --color --now) ;;
        "import") options=(--help -h --store --config --lang --color --now) ;;
        "import orders") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import reviews") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import customers") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import surveys") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import events") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import cases") options=(--platform --shop --column --tz --date-order --encoding --exported-at --rejects --dry-run --json --help -h --store --config --lang --color --now) ;;
        "import list") options=(--limit --as-of --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "import show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "import undo") options=(--from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "import formats") options=(--kind --column --status --yes --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "order") options=(--help -h --store --config --lang --color --now) ;;
        "order list") options=(--shop --status --customer --since --until --limit --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "order show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "customer") options=(--help -h --store --config --lang --color --now) ;;
        "customer list") options=(--shop --tier --limit --as-of --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "customer show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "customer merge") options=(--reason --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "customer unmerge") options=(--reason --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "case") options=(--help -h --store --config --lang --color --now) ;;
        "case open") options=(--kind --reason --line --amount --external-id --fault --waiting-on --note --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "case list") options=(--stage --all --open --kind --customer --order --waiting-on --shop --as-of --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "case show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "case move") options=(--waiting-on --fault --reason --note --expect-version --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "case close") options=(--outcome --refund --freight --fault --reason --note --expect-version --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "tier") options=(--help -h --store --config --lang --color --now) ;;
        "tier assign") options=(--as-of --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "tier list") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "tier show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "points") options=(--help -h --store --config --lang --color --now) ;;
        "points award") options=(--reason --key --from --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "points redeem") options=(--order --reason --key --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "points balance") options=(--as-of --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "points history") options=(--as-of --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "report") options=(--help -h --store --config --lang --color --now) ;;
        "report retention") options=(--as-of --tz --currency --shop --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "shop") options=(--help -h --store --config --lang --color --now) ;;
        "shop list") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "shop add") options=(--platform --currency --tz --dry-run --format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "db") options=(--help -h --store --config --lang --color --now) ;;
        "db migrate") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "db check") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
        "config") options=(--help -h --store --config --lang --color --now) ;;
        "config show") options=(--format --json --fields --output --help -h --store --config --lang --color --now) ;;
    esac
}

# What the argument at a position is.
_shopcare_argument() {
    place=()
    case "$1 $2" in
        " 1") place=(words init demo import order customer case tier points report shop db config) ;;
        "import 1") place=(words orders reviews customers surveys events cases list show undo formats) ;;
        "import orders "*) place=(file) ;;
        "import reviews "*) place=(file) ;;
        "import customers "*) place=(file) ;;
        "import surveys "*) place=(file) ;;
        "import events "*) place=(file) ;;
        "import cases "*) place=(file) ;;
        "import show 1") place=(id batch) ;;
        "import undo 1") place=(id batch) ;;
        "import formats 1") place=(words show new) ;;
        "import formats 2") place=(id format) ;;
        "import formats 3") place=(file) ;;
        "order 1") place=(words list show) ;;
        "order show 1") place=(id order) ;;
        "customer 1") place=(words list show merge unmerge) ;;
        "customer show 1") place=(id customer) ;;
        "customer merge 1") place=(id customer) ;;
        "customer merge 2") place=(id customer) ;;
        "customer unmerge 1") place=(id merged-customer) ;;
        "case 1") place=(words open list show move close) ;;
        "case open 1") place=(id order) ;;
        "case show 1") place=(id any-case) ;;
        "case move 1") place=(id any-case) ;;
        "case move 2") place=(words negotiate approve await_return send_back receive settle await_reship reship deliver reject dispute reopen wait note) ;;
        "case close 1") place=(id case) ;;
        "tier 1") place=(words assign list show) ;;
        "tier show 1") place=(id customer) ;;
        "points 1") place=(words award redeem balance history) ;;
        "points award 1") place=(id customer) ;;
        "points redeem 1") place=(id customer) ;;
        "points balance 1") place=(id customer) ;;
        "points history 1") place=(id customer) ;;
        "report 1") place=(words retention) ;;
        "shop 1") place=(words list add) ;;
        "db 1") place=(words migrate check) ;;
        "config 1") place=(words show) ;;
    esac
}

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
