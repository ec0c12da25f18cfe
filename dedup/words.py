"""Kinds of tokens, and the words whose change changes what is said.

Casefolded, as the tokeniser cuts them (an apostrophe parts a word). To add a language, add its
words to the line that fits; a word that also means something harmless stays out.
"""

from __future__ import annotations

# What a token is, as far as its loss matters. PLAIN may be lost.
PLAIN, NUMBER, DATE, NAME, NEGATION, ADDRESS, CODE = range(7)

PROTECTABLE = {
    "numbers": NUMBER,
    "dates": DATE,
    "names": NAME,
    "negations": NEGATION,
    "addresses": ADDRESS,
    "code": CODE,
}
"""The protected kinds by the names that `protect` in Config gives them."""

NEGATIONS = frozenset(
    (
        "no not never none nor neither nobody nothing nowhere without cannot "  # English
        "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne "  # German
        "ne pas jamais aucun aucune sans ni rien "  # French
        "nunca jamás sin nadie ningún ninguna ninguno nada tampoco "  # Spanish
        "não nem sem nenhum nenhuma ninguém "  # Portuguese
        "non nessun nessuno nessuna senza né "  # Italian
        "niet geen nooit zonder niemand niets "  # Dutch
        "nie bez nigdy nikt żaden żadna żadne "  # Polish
        "ne není nejsou nebyl nikdy nikdo bez žádný žádná "  # Czech
        "nem nincs nincsenek soha senki nélkül "  # Hungarian
        "niciodată nimeni fără "  # Romanian
        "ei emme ette eivät eikä ilman "  # Finnish
        "inte icke aldrig ingen inget utan ikke aldri ingenting uten aldrig uden intet "  # Nordic
        "не нет ни без никогда никто ничего нельзя "  # Russian
        "ні немає без ніколи ніхто нічого "  # Ukrainian
        "δεν δε μη μην όχι χωρίς ποτέ κανείς "  # Greek
        "değil yok hayır asla hiç "  # Turkish
        "لا لم لن ليس ليست غير بدون دون "  # Arabic
        "نه نیست نیستند بدون هرگز هیچ "  # Persian
        "לא אין בלי מעולם "  # Hebrew
        "नहीं न मत बिना कभी না নয় নেই ছাড়া "  # Hindi, Bengali
        "không chẳng chưa đừng "  # Vietnamese
        "안 못 않는다 아니다 없다 없는 않는 않았다 없이 "  # Korean
        "不 没 沒 無 无 未 非 勿 莫 "  # Chinese, one character each
        "ไม่"  # Thai: cut to characters, see the tokeniser
    ).split()
)

# The t of "isn't" and its like is a negation only behind one of these.
NOT_CONTRACTED = frozenset(
    "ain aren can couldn didn doesn don hadn hasn haven isn mightn mustn needn shan shouldn wasn "
    "weren won wouldn".split()
)

DATES = frozenset(
    (
        "january february april june july august september october november december "
        "monday tuesday wednesday thursday friday saturday sunday "
        "januar februar märz juni juli oktober dezember montag dienstag mittwoch donnerstag "
        "freitag samstag sonnabend sonntag "
        "janvier février avril juin juillet août septembre octobre novembre décembre lundi mardi "
        "mercredi jeudi vendredi samedi dimanche "
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "lunes martes miércoles jueves viernes sábado domingo "
        "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro segunda-feira "
        "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre lunedì martedì "
        "mercoledì giovedì venerdì sabato domenica "
        "januari februari maart augustus maandag dinsdag woensdag donderdag vrijdag zaterdag "
        "zondag "
        "stycznia lutego kwietnia maja czerwca lipca sierpnia września października "
        "listopada grudnia poniedziałek wtorek środa czwartek piątek sobota niedziela "
        "ledna února března dubna května června července srpna září října listopadu prosince "
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
        "понедельник вторник среду четверг пятницу субботу воскресенье "
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня "
        "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık "
        "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta "
        "syyskuuta lokakuuta marraskuuta joulukuuta "
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"
    ).split()
)

NUMBERS = frozenset(
    (
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
        "hundred thousand million billion trillion half twice "
        "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig dreissig "
        "vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend million millionen "
        "milliarde milliarden "
        "deux trois quatre cinq sept huit neuf dix onze douze vingt trente quarante cinquante "
        "soixante cent mille millions milliard milliards "
        "dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cuarenta "
        "cincuenta cien ciento mil millón millones "
        "dois três quatro sete oito nove dez vinte trinta milhão milhões bilhões "
        "tre quattro cinque sette otto nove dieci cento mila milioni miliardi "
        "два две три четыре пять шесть семь восемь девять десять сто тысяч тысячи миллион "
        "миллионов миллиард миллиардов"
    ).split()
)
