"""Which characters a language's place names and headers are made of: by them a wrong decoding is told from a right one.

Latin, Cyrillic and Greek letters are few, so that an alphabet is complete. Of the thousands of characters of East
Asian scripts those are listed that place names, dates and headers use most: a text in the language has many of them,
one in another encoding hits them by chance only.
"""
from __future__ import annotations

#: Small letters beyond ASCII, by language. Capitals are compared as small ones.
LETTERS = {
    "Portuguese": "áàâãçéêíóôõúü", "Spanish": "áéíñóúüºª", "French": "àâæçéèêëîïôœùûüÿ", "German": "äöüß",
    "Italian": "àèéìíòóùú", "Swedish": "åäöéü", "Danish": "æøåéäö", "Finnish": "äöåšž", "Dutch": "ëïéèöüáó",
    "Catalan": "àçèéíïòóúü·", "Icelandic": "áðéíóúýþæö", "Turkish": "çğıi\u0307öşüâî",
    "Polish": "ąćęłńóśźż", "Czech": "áčďéěíňóřšťúůýž", "Slovak": "áäčďéíĺľňóôŕšťúýž", "Hungarian": "áéíóöőúüű",
    "Romanian": "ăâîșțşţ", "Croatian": "čćđšž",
    "Russian": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "Ukrainian": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’",
    "Serbian": "абвгдђежзијклљмнњопрстћуфхцчџш", "Greek": "αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",
}
SIMPLIFIED = frozenset(
    "省市县区镇乡村州盟旗街道路号院医学校小大中心站店广场花园公司楼社居委会幢栋单元室酒宾馆厂超机构农贸市门诊所"
    "北京上海天津重庆河南湖广东西山江苏浙安徽福建四川贵云陕甘肃青内蒙古新疆宁夏辽吉林黑龙台湾香港澳武汉深圳成都杭"
    "合沈阳长春哈尔滨石家庄太原济郑昌沙南昆明拉萨兰银乌鲁木齐冈孝感襄荆宜黄十堰随恩施朝海淀丰浦岗"
    "确诊死亡治愈疑似新增累计日期时间地点名称经纬度城人数病例年月更现有编码类型国英文外地来源待明一二三四五六七八九"
)
TRADITIONAL = frozenset(
    "臺台灣縣市區鄉鎮里村鄰路街段巷號院醫學校車站飯店中心公園新北高雄南桃竹苗栗彰化投雲林嘉義屏東宜蘭花蓮澎湖金門連江"
    "基隆仁愛信中正大安山萬華士內文松前苓雅左營楠梓三民鳳員壢安和香港九龍確診死亡治癒病例日期時間地點名稱經緯度數年月"
    "人國小水一二三四五六七八九十西發居住性別類感染個案統計代碼"
)
JAPANESE = frozenset(
    "都道府県市区町村郡日付人数感染者死亡東京大阪北海横浜名古屋神奈川福岡札幌埼玉千葉愛知兵庫静広島宮城新潟長野茨栃木群馬"
    "山形岩手青森秋田石富井岐阜三重滋賀良和歌鳥取根徳香媛高佐崎熊分鹿児沖縄本中南西博多那覇病院学校駅年月時場所緯度経"
    "累計性別代確陽"
)
KOREAN = frozenset(
    "가강거건경계고공과광구군기김나남내년노단달대덕도동두등라래로류리림마면명목무문미민밀바발방배백번별병보복봉부북분사산"
    "삼상생서석선성세센소속송수순숭시신실아악안암앙양어여역연영오온옥완용우운울원월위유율은의이인일임입자장재저전정제조종주"
    "중지진짜날창천청초촌추춘충치칠칭코타터토통트특파판평포풍하학한함합해행향현호홍화확환황회후흥별격"
)
