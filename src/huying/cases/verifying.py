"""What the page that checks a proof says: web/src/pages/verify.ts knows codes, the reader sees words."""

from django.utils.translation import gettext_lazy as _

from huying.cases.states import State, Verb

SENTENCES = {
    "no_log_key": _("没有日志的公钥"),
    "not_a_witness": _("第二行起应为见证单位的公钥"),
    "other_root": _("由条目算出的树根与检查点不符：条目、路径或检查点被改动过"),
    "no_crypto": _("浏览器只在以 https 打开的网页中提供核验所需的计算，请改用 https 地址"),
    "not_ed25519": _("公钥不是 Ed25519 公钥"),
    "key_mismatch": _("公钥的名称与编号不符，可能抄错了"),
    "key_form": _("公钥应写作 名称+编号+密钥"),
    "not_a_proof": _("这不是存证证明文件"),
    "no_entry": _("证明文件中没有条目"),
    "no_index": _("证明文件缺少序号"),
    "path_too_long": _("证明文件中的路径过长"),
    "torn_checkpoint": _("检查点不完整"),
    "torn_signature": _("检查点的签名行有误"),
    "unreadable_entry": _("条目不是可以阅读的存证条目"),
    "index_beyond": _("序号超出检查点的条数"),
    "path_too_short": _("证明文件中的路径不完整"),
    "not_signed": _("检查点没有这把公钥的签名"),
    "false_signature": _("检查点的签名不成立"),
    "not_a_number": _("序号或条数不是数字"),
    "other_log": _("这是另一本日志（{about}）的证明"),
    "false_witness": _("见证单位 {about} 的签名不成立"),
    "not_base64": _("{about}不是有效的编码"),
    "wrong_length": _("{about}长度不对"),
    "key": _("公钥"),
    "entry": _("条目"),
    "hash": _("哈希值"),
    "signature": _("签名"),
    "root": _("树根"),
    "case": _("事件"),
    "fact_object": _("事项"),
    "fact_verb": _("做了什么"),
    "fact_at": _("何时"),
    "fact_state": _("状态"),
    "fact_actor": _("经办代号"),
    "fact_log": _("日志"),
    "fact_commitment": _("内容的承诺值"),
    "fact_witness": _("见证单位"),
    "place": _("{origin} 第 {index} 条，共 {size} 条（路径 {hashes} 步）"),
    "signed": _("（签名成立）"),
    "not_checked": _("（未填其公钥，未核）"),
    "other_case": _("证明有效，但不是事件 {number} 的：请看它说的是哪一件。"),
    "holds": _("核验成立：这一步确实记在公布的日志中，没有被改动。"),
    "fails": _("核验不成立：{reason}。"),
    "old_browser": _("此浏览器不支持 Ed25519，请换用较新的浏览器"),
    "broken": _("核验程序出错，请换一种方式核验"),
    "too_large": _("核验不成立：文件过大，不是存证证明文件。"),
    "wanted": _("要核验的事件：{number}"),
}


def words() -> dict[str, str]:
    """Return code → words in the language of the reader: sentences, steps and states."""
    steps = {word.value: str(_(word.label)) for word in (*Verb, *State)}
    return steps | {code: str(sentence) for code, sentence in SENTENCES.items()}
