"""Which column is what: by headers in nine languages, by values, by both, and by the user's word."""
from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pandas as pd
import pytest
from outbreak_atlas.plugin.core.columns import ColumnPlan, plan_columns
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.headers import read_header
from outbreak_atlas.plugin.core.probe import SAMPLE_ROWS
from outbreak_atlas.plugin.core.reading import read_table


def columns_of(text: str, projected: bool = False, **overrides: str) -> tuple[dict[str, str], ColumnPlan]:
    """What a table's columns are used as, by role or metric, and the plan itself."""
    headers, *rows = csv.reader(io.StringIO(text.strip()))
    frame = pd.DataFrame(rows, columns=range(len(headers)), dtype=object)
    plan = plan_columns(headers, frame, overrides, projected)
    return {name: headers[at] for name, at in {**plan.roles, **plan.metrics}.items()}, plan


def pairs(text: str) -> dict[str, str]:
    """`role=header` pairs, one a line or several separated by bars."""
    parts = (part.strip() for part in text.replace("\n", "|").split("|"))
    return dict(part.split("=", 1) for part in parts if part)


# Two datasets or more a language: header and rows, and what each column should be.
BY_LANGUAGE = {
    "en: WHO": (
        """Date_reported,Country_code,Country,WHO_region,New_cases,Cumulative_cases,New_deaths,Cumulative_deaths
2020-03-01,AF,Afghanistan,EMRO,1,5,0,0\n2020-03-02,AF,Afghanistan,EMRO,2,7,1,1\n2020-03-02,AL,Albania,EURO,1,1,0,0""",
        "time=Date_reported|country=Country|code=Country_code|confirmed=Cumulative_cases|deaths=Cumulative_deaths"
        "|province=WHO_region"),
    "en: JHU": (
        """FIPS,Admin2,Province_State,Country_Region,Last_Update,Lat,Long_,Confirmed,Deaths,Recovered,Active,Combined_Key,Incidence_Rate,Case-Fatality_Ratio
45001,Abbeville,South Carolina,US,2020-04-30 02:32:27,34.223334,-82.461707,29,0,0,29,"Abbeville, South Carolina, US",118.23,0
22001,Acadia,Louisiana,US,2020-04-30 02:32:27,30.295064,-92.414197,130,10,0,120,"Acadia, Louisiana, US",209.5,7.69
51001,Accomack,Virginia,US,2020-04-30 02:32:27,37.767072,-75.632346,229,3,0,226,"Accomack, Virginia, US",708.6,1.31""",
        "code=FIPS|city=Admin2|province=Province_State|country=Country_Region|time=Last_Update|lat=Lat|lon=Long_"
        "|confirmed=Confirmed|deaths=Deaths|recovered=Recovered|active=Active"),
    "en: NYT counties": (
        "date,county,state,fips,cases,deaths\n2020-04-01,Snohomish,Washington,53061,1300,40\n"
        "2020-04-01,Cook,Illinois,17031,5152,61\n2020-04-02,Cook,Illinois,17031,5575,95",
        "time=date|city=county|province=state|code=fips|confirmed=cases|deaths=deaths"),
    "en: ECDC": (
        "dateRep,day,month,year,cases,deaths,countriesAndTerritories,geoId,countryterritoryCode,popData2019,continentExp\n"
        "14/12/2020,14,12,2020,746,6,Afghanistan,AF,AFG,38041757,Asia\n"
        "13/12/2020,13,12,2020,298,9,Albania,AL,ALB,2862427,Europe",
        "time=dateRep|confirmed=cases|deaths=deaths|country=countriesAndTerritories|code=geoId"),
    "en: OWID": (
        "iso_code,continent,location,date,total_cases,new_cases,new_cases_smoothed,total_deaths,total_cases_per_million,"
        "icu_patients,population,median_age\nDEU,Europe,Germany,2020-03-01,117,38,14.1,0,1.396,,83900471,46.6\n"
        "FRA,Europe,France,2020-03-01,100,30,11.2,2,1.482,,67564251,42.0",
        "country=location|time=date|confirmed=total_cases|deaths=total_deaths|code=iso_code"),
    "en: DHIS2": (
        "Event,Program stage,Event date,Longitude,Latitude,Organisation unit name,Organisation unit code,Age in years,Sex\n"
        "V1aa,PS1,2023-02-01,-11.42,8.13,Njandama MCHP,OU_193,34,F\nV1ab,PS1,2023-02-03,-11.1,8.4,Ngelehun CHC,OU_559,5,M",
        "time=Event date|lon=Longitude|lat=Latitude|place=Organisation unit name|code=Organisation unit code"),
    "en: line list": (
        "Case ID,Age,Sex,Village name,Health Zone,Date of birth,Date of onset,Date of report,Lat.,Long.,Outcome\n"
        "17,34,F,Mabalako,Beni,1984-03-02,2018-08-01,2018-08-05,0.4901,29.4502,died\n"
        "18,9,M,Mangina,Beni,2009-01-15,2018-08-03,2018-08-05,0.4612,29.5001,recovered",
        "time=Date of onset|place=Village name|city=Health Zone|lat=Lat.|lon=Long."),
    "zh: DXY": (
        "continentName,countryName,provinceName,provinceEnglishName,province_zipCode,province_confirmedCount,"
        "province_deadCount,updateTime,cityName,cityEnglishName,city_zipCode,city_confirmedCount,city_suspectedCount,"
        "city_curedCount,city_deadCount\n"
        "亚洲,中国,湖北省,Hubei,420000,67466,2902,2020-03-05 09:10:25,武汉,Wuhan,420100,49671,0,26009,2305\n"
        "亚洲,中国,湖北省,Hubei,420000,67466,2902,2020-03-05 09:10:25,孝感,Xiaogan,420900,3518,0,2620,121\n"
        "亚洲,中国,浙江省,Zhejiang,330000,1213,1,2020-03-05 09:10:25,温州,Wenzhou,330300,504,0,470,1",
        "country=countryName|province=provinceName|city=cityName|time=updateTime|code=city_zipCode"
        "|confirmed=city_confirmedCount|suspected=city_suspectedCount|recovered=city_curedCount|deaths=city_deadCount"),
    "zh: a notice, simplified": (
        "统计时间,省份,城市,累计确诊,新增确诊,疑似病例,累计治愈,累计死亡,经度,纬度\n"
        "2020年2月10日 24时,湖北省,武汉市,18454,1552,0,1206,748,114.3054,30.5931\n"
        "2020年2月11日 24时,湖北省,武汉市,19558,1104,0,1377,820,114.3054,30.5931",
        "time=统计时间|province=省份|city=城市|confirmed=累计确诊|suspected=疑似病例|recovered=累计治愈|deaths=累计死亡|lon=经度|lat=纬度"),
    "zh: places, traditional": (
        "日期,縣市,鄉鎮,場所名稱,場所類型,經緯度,確診人數\n2022-04-01,新北市,板橋區,某夜市,市場,\"121.4627,25.0114\",3\n"
        "2022-04-02,新北市,中和區,某餐廳,餐廳,\"121.4989,24.9994\",5",
        "time=日期|province=縣市|city=鄉鎮|place=場所名稱|kind=場所類型|lonlat=經緯度|confirmed=確診人數"),
    "ko: by district": (
        "기준일,시도,시군구,누적확진자수,신규확진자,사망자수,격리해제,위도,경도\n"
        "2021-01-05,서울특별시,강남구,1203,21,10,1001,37.5172,127.0473\n"
        "2021-01-06,서울특별시,강남구,1220,17,10,1022,37.5172,127.0473",
        "time=기준일|province=시도|city=시군구|confirmed=누적확진자수|deaths=사망자수|recovered=격리해제|lat=위도|lon=경도"),
    "ko: places visited": (
        "연번,방문일시,장소명,장소유형,주소,위도,경도\n1,2020-02-18 10:30,중앙병원,병원,서울 중구 3,37.5610,126.9950\n"
        "2,2020-02-19 19:00,행복식당,식당,서울 중구 9,37.5644,126.9911",
        "time=방문일시|place=장소명|kind=장소유형|lat=위도|lon=경도"),
    "ko: KCDC": (
        "patient_id,sex,age,country,province,city,infection_case,symptom_onset_date,confirmed_date,released_date,state\n"
        "1000000001,male,50s,Korea,Seoul,Gangseo-gu,overseas inflow,,2020-01-23,2020-02-05,released\n"
        "1000000002,male,30s,Korea,Seoul,Jungnang-gu,overseas inflow,,2020-01-30,2020-03-02,released",
        "time=confirmed_date|country=country|province=province|city=city"),
    "ja: broadcaster": (
        "日付,都道府県コード,都道府県名,各地の感染者数_1日ごとの発表数,各地の感染者数_累計,各地の死者数_1日ごとの発表数,各地の死者数_累計\n"
        "2020/4/1,01,北海道,3,181,0,7\n2020/4/1,13,東京都,66,587,2,16\n2020/4/2,13,東京都,97,684,1,17",
        "time=日付|code=都道府県コード|province=都道府県名|confirmed=各地の感染者数_累計|deaths=各地の死者数_累計"),
    "ja: clusters": (
        "公表_年月日,市区町村名,施設名,種別,緯度,経度,陽性者数,死亡者数,退院者数\n"
        "2021-08-01,横浜市,中央病院,病院,35.4437,139.6380,12,1,3\n2021-08-02,川崎市,南保育園,保育園,35.5308,139.7029,7,0,0",
        "time=公表_年月日|city=市区町村名|place=施設名|kind=種別|lat=緯度|lon=経度|confirmed=陽性者数|deaths=死亡者数|recovered=退院者数"),
    "it: regions": (
        "data,stato,codice_regione,denominazione_regione,lat,long,ricoverati_con_sintomi,terapia_intensiva,"
        "totale_positivi,variazione_totale_positivi,nuovi_positivi,dimessi_guariti,deceduti,totale_casi,tamponi,note\n"
        "2020-04-01T17:00:00,ITA,13,Abruzzo,42.35122,13.39843,361,73,1211,20,35,99,123,1436,9879,\n"
        "2020-04-02T17:00:00,ITA,13,Abruzzo,42.35122,13.39843,362,71,1251,40,61,104,133,1497,10660,",
        "time=data|country=stato|code=codice_regione|province=denominazione_regione|lat=lat|lon=long|active=totale_positivi"
        "|recovered=dimessi_guariti|deaths=deceduti|confirmed=totale_casi|tamponi=tamponi"
        "|terapia_intensiva=terapia_intensiva|ricoverati_con_sintomi=ricoverati_con_sintomi"),
    "it: municipalities": (
        "Data segnalazione,Regione,Comune,Codice ISTAT,Longitudine,Latitudine,Casi confermati,Guariti,Deceduti\n"
        "12/03/2020,Lombardia,Codogno,098019,9.7047,45.1600,280,12,34\n13/03/2020,Lombardia,Lodi,098031,9.5037,45.3138,310,10,40",
        "time=Data segnalazione|province=Regione|city=Comune|code=Codice ISTAT|lon=Longitudine|lat=Latitudine"
        "|confirmed=Casi confermati|recovered=Guariti|deaths=Deceduti"),
    "es: departments": (
        "Fecha de corte,Departamento,Municipio,Código DIVIPOLA,Casos confirmados,Casos activos,Recuperados,Fallecidos\n"
        "2020-06-01,Antioquia,Medellín,05001,601,250,340,3\n2020-06-01,Valle,Cali,76001,2876,1300,1490,120",
        "time=Fecha de corte|province=Departamento|city=Municipio|code=Código DIVIPOLA|confirmed=Casos confirmados"
        "|active=Casos activos|recovered=Recuperados|deaths=Fallecidos"),
    "es: outbreaks": (
        "fecha;hora;lugar;tipo de lugar;municipio;provincia;latitud;longitud;número de casos;muertes".replace(";", ",") +
        "\n02/05/2021,10:30,Residencia Sol,residencia,Getafe,Madrid,40.3083,-3.7327,14,2"
        "\n03/05/2021,09:15,Colegio Luna,colegio,Parla,Madrid,40.2371,-3.7742,5,0",
        "time=fecha|time_of_day=hora|place=lugar|kind=tipo de lugar|city=municipio|province=provincia|lat=latitud"
        "|lon=longitud|confirmed=número de casos|deaths=muertes"),
    "fr: hospitals by département": (
        "dep,sexe,jour,hosp,rea,rad,dc\n01,0,2020-03-18,2,0,1,0\n2A,0,2020-03-18,11,1,2,3\n75,0,2020-03-19,306,80,61,12",
        "code=dep|time=jour|recovered=rad|deaths=dc|hosp=hosp|rea=rea"),
    "fr: consolidated": (
        "date,granularite,maille_code,maille_nom,cas_confirmes,deces,reanimation,hospitalises,gueris,source_url\n"
        "2020-03-18,departement,DEP-01,Ain,12,0,0,2,1,https://example.org\n"
        "2020-03-18,region,REG-84,Auvergne,340,9,31,120,14,https://example.org",
        "time=date|level=granularite|code=maille_code|place=maille_nom|confirmed=cas_confirmes|deaths=deces"
        "|reanimation=reanimation|hospitalises=hospitalises|recovered=gueris"),
    "fr: sites": (
        "Date de signalement,Établissement,Commune,Région,Coordonnées,Nombre de cas,Décès\n"
        "2021-01-04,EHPAD Les Lilas,Lyon,Auvergne-Rhône-Alpes,\"45.7640, 4.8357\",12,1\n"
        "2021-01-05,Lycée Monge,Lyon,Auvergne-Rhône-Alpes,\"45.7501, 4.8270\",4,0",
        "time=Date de signalement|place=Établissement|city=Commune|province=Région|lonlat=Coordonnées"
        "|confirmed=Nombre de cas|deaths=Décès"),
    "de: RKI": (
        "ObjectId,IdBundesland,Bundesland,Landkreis,Altersgruppe,Geschlecht,AnzahlFall,AnzahlTodesfall,Meldedatum,"
        "IdLandkreis,Datenstand,NeuerFall,NeuerTodesfall,Refdatum,AnzahlGenesen,IstErkrankungsbeginn\n"
        "1,1,Schleswig-Holstein,SK Flensburg,A15-A34,M,1,0,2020/03/14,01001,\"08.05.2020, 00:00 Uhr\",0,-9,2020/03/12,1,1\n"
        "2,1,Schleswig-Holstein,SK Kiel,A15-A34,M,2,0,2020/03/19,01002,\"08.05.2020, 00:00 Uhr\",0,-9,2020/03/13,1,1",
        "province=Bundesland|city=Landkreis|confirmed=AnzahlFall|deaths=AnzahlTodesfall|time=Meldedatum|code=IdLandkreis"
        "|recovered=AnzahlGenesen"),
    "de: Einrichtungen": (
        "Datum,Uhrzeit,Einrichtung,Art der Einrichtung,Gemeinde,Längengrad,Breitengrad,bestätigte Fälle,Todesfälle,Genesene\n"
        "03.11.2020,08:00,Haus Abendruh,Pflegeheim,Ulm,9.9876,48.4011,23,4,2\n"
        "04.11.2020,09:30,Grundschule Nord,Schule,Ulm,9.9771,48.4102,5,0,0",
        "time=Datum|time_of_day=Uhrzeit|place=Einrichtung|kind=Art der Einrichtung|city=Gemeinde|lon=Längengrad"
        "|lat=Breitengrad|confirmed=bestätigte Fälle|deaths=Todesfälle|recovered=Genesene"),
    "pt: ministry": (
        "regiao,estado,municipio,coduf,codmun,codRegiaoSaude,nomeRegiaoSaude,data,semanaEpi,populacaoTCU2019,"
        "casosAcumulado,casosNovos,obitosAcumulado,obitosNovos\n"
        "Norte,RO,Porto Velho,11,110020,11004,Madeira,2020-06-01,23,529544,3410,120,99,4\n"
        "Sul,PR,Curitiba,41,410690,41002,Metropolitana,2020-06-01,23,1933105,1190,24,50,1",
        "province=estado|city=municipio|code=codmun|time=data|confirmed=casosAcumulado|deaths=obitosAcumulado"),
    "pt: brasil.io": (
        "date,state,city,place_type,confirmed,deaths,order_for_place,is_last,estimated_population_2019,city_ibge_code,"
        "confirmed_per_100k_inhabitants,death_rate\n"
        "2020-04-17,AP,Macapá,city,278,7,28,False,503327,1600303,55.23,0.0252\n"
        "2020-04-17,AP,Santana,city,21,1,9,False,121364,1600600,17.30,0.0476\n"
        "2020-04-17,AP,,state,335,9,29,False,845731,16,39.61,0.0269",
        "time=date|province=state|city=city|level=place_type|confirmed=confirmed|deaths=deaths|code=city_ibge_code"),
    "pt: notificações": (
        "Data de notificação,Unidade de saúde,Bairro,Município,Latitude,Longitude,Casos confirmados,Óbitos\n"
        "01/06/2020,UBS Centro,Centro,Santos,-23.9608,-46.3336,12,1\n02/06/2020,UBS Norte,Morro,Santos,-23.9400,-46.3400,9,0",
        "time=Data de notificação|place=Unidade de saúde|city=Município|lat=Latitude|lon=Longitude"
        "|confirmed=Casos confirmados|deaths=Óbitos"),
}


@pytest.mark.parametrize("name", BY_LANGUAGE)
def test_headers_of_public_datasets_are_understood(name: str) -> None:
    text, expected = BY_LANGUAGE[name]
    used, plan = columns_of(text)
    assert used == pairs(expected)
    assert set(plan.reasons) == set(used)
    assert {*plan.roles.values(), *plan.metrics.values(), *plan.unused} == set(range(len(text.split("\n")[0].split(","))))
    assert all(plan.unused.values())


def test_every_language_of_the_table_has_two_datasets() -> None:
    found = [name[:2] for name in BY_LANGUAGE]
    assert {language for language in found if found.count(language) >= 2} == {
        "en", "zh", "ko", "ja", "it", "es", "fr", "de", "pt"}


# Files without a header: the reader calls the columns “column 1”, “column 2”, ...
VALUES_ALONE = {
    "a date, longitude beyond 90, a count": (
        "2020-02-01,116.4074,39.9042,Hospital A,12\n2020-02-02,116.4121,39.9100,Estate B,15\n2020-02-02,116.3000,39.8000,Station C,3",
        "time=column 1|lon=column 2|lat=column 3|place=column 4|column_5=column 5"),
    "longitude and latitude told apart by the sea": (
        "Hotel A,-22.9068,-43.1729,2021-03-01 10:00,7\nHotel B,-23.5505,-46.6333,2021-03-02 11:00,11\n"
        "Hotel C,-19.9167,-43.9345,2021-03-02 12:00,2",
        "time=column 4|lat=column 2|lon=column 3|place=column 1|column_5=column 5"),
    "one column of points": (
        "20210301,POINT (9.19 45.46),Milano,8\n20210302,POINT (12.49 41.89),Roma,5\n20210303,POINT (14.25 40.85),Napoli,9",
        "time=column 1|lonlat=column 2|place=column 3|column_4=column 4"),
    "a pair in one column, Chinese provinces and cities": (
        '1月23日,湖北省,武汉市,"114.3054,30.5931",华南市场\n1月24日,湖北省,孝感市,"113.9169,30.9245",人民医院\n'
        '1月25日,浙江省,温州市,"120.6994,27.9943",银泰百货',
        "time=column 1|province=column 2|city=column 3|lonlat=column 4|place=column 5"),
    "GeoJSON and a clock": (
        '"{""type"":""Point"",""coordinates"":[2.35,48.85]}",2021-01-01,08:30,Gare\n'
        '"{""type"":""Point"",""coordinates"":[4.83,45.76]}",2021-01-02,09:45,Halle',
        "lonlat=column 1|time=column 2|time_of_day=column 3|place=column 4"),
}


@pytest.mark.parametrize("name", VALUES_ALONE)
def test_without_headers_the_values_decide(name: str) -> None:
    rows, expected = VALUES_ALONE[name]
    width = len(next(csv.reader([rows.split("\n")[0]])))
    used, plan = columns_of(",".join(f"column {at + 1}" for at in range(width)) + "\n" + rows)
    assert used == pairs(expected)
    assert "its header does not say so" in plan.reasons["time"].reason


def test_an_order_that_the_values_do_not_tell_is_said() -> None:
    rows = "2020-02-24,45.1600,9.7047\n2020-02-25,41.8928,12.4837"
    used, plan = columns_of(f"column 1,column 2,column 3\n{rows}")
    assert (used["lat"], used["lon"]) == ("column 2", "column 3")
    assert "exchange them with COLUMNS" in plan.reasons["lon"].reason


def test_foreign_headers_leave_it_to_the_values() -> None:
    used, _ = columns_of(
        "Ngày,Kinh độ A,Vĩ độ B,confirmed\n2021-05-01,105.8542,21.0285,4\n2021-05-02,106.6297,10.8231,9")
    assert used == {"time": "Ngày", "lon": "Kinh độ A", "lat": "Vĩ độ B", "confirmed": "confirmed"}


def test_a_known_axis_finds_its_unknown_partner() -> None:
    used, plan = columns_of("date,lat,breadthwise,confirmed\n2021-05-01,21.0285,105.8542,4\n2021-05-02,10.8231,106.6297,9")
    assert (used["lat"], used["lon"]) == ("lat", "breadthwise")
    assert "longitudes" in plan.reasons["lon"].reason


def test_rates_and_measurements_are_no_coordinates() -> None:
    used, _ = columns_of(
        "date,town,incidence,temperature,cases\n2021-05-01,Ulm,48.4011,9.9876,3\n2021-05-02,Ulm,48.4102,9.9771,4")
    assert used == {"time": "date", "city": "town", "confirmed": "cases"}


# Headers that look like something else, with values that settle it.
FALSE_FRIENDS = {
    "data is a date in Italian, not elsewhere": (
        "data,lon,lat,when,confirmed\nabc,1.5,2.5,2020-02-01,3\nabd,1.6,2.6,2020-02-02,4", "time=when"),
    "state of the case": ("date,lat,lon,state_of_mind\n2020-02-01,1.5,2.5,calm\n2020-02-02,1.6,2.6,upset", "!province"),
    "latest is no latitude": ("date,latest,lon,lat\n2020-02-01,7.5,2.5,3.5\n2020-02-02,7.6,2.6,3.6", "lat=lat"),
    "long_name is no longitude": (
        "date,long_name,longitude,latitude\n2020-02-01,Alpha,2.5,3.5\n2020-02-02,Beta,2.6,3.6", "lon=longitude"),
    "long with words in it": ("date,long,x,y\n2020-02-01,tall,2.5,3.5\n2020-02-02,taller,2.6,3.6", "lon=x|lat=y"),
    "death_rate counts no deaths": (
        "date,lon,lat,confirmed,death_rate\n2020-02-01,1.5,2.5,30,2\n2020-02-02,1.6,2.6,40,3", "!deaths|!death_rate"),
    "birthdays are no reports": (
        "date_of_birth,notified,lon,lat\n1980-02-01,2020-02-01,1.5,2.5\n1990-02-02,2020-02-02,1.6,2.6", "time=notified"),
    "country of infection": (
        "date,lon,lat,country_of_infection,residence_city\n2020-02-01,1.5,2.5,France,Turin\n2020-02-02,1.6,2.6,Spain,Asti",
        "!country|city=residence_city"),
    "a code is no name": ("date,lon,lat,city_code,n_cases\n2020-02-01,1.5,2.5,AB1,4\n2020-02-02,1.6,2.6,AB2,5", "!city|code=city_code"),
    "hospital deaths are some of the deaths": (
        "date,lon,lat,hospital_deaths,deaths\n2020-02-01,1.5,2.5,4,9\n2020-02-02,1.6,2.6,5,11",
        "deaths=deaths|hospital_deaths=hospital_deaths"),
    "confirmed deaths are deaths": (
        "date,lon,lat,confirmed_deaths_so_far,confirmed\n2020-02-01,1.5,2.5,4,90\n2020-02-02,1.6,2.6,5,110",
        "deaths=confirmed_deaths_so_far|confirmed=confirmed"),
    "time holds the clock": (
        "date,time,lon,lat\n2020-02-01,10:30,1.5,2.5\n2020-02-02,11:45,1.6,2.6", "time=date|time_of_day=time"),
    "names with units and parentheses": (
        "Date (local),Latitude (deg),Longitude (deg)\n2020-02-01,1.5,2.5\n2020-02-02,1.6,2.6",
        "time=Date (local)|lat=Latitude (deg)|lon=Longitude (deg)"),
    "prefixes keep pairs together": (
        "date,home_lat,home_lon,work_lon,work_lat\n2020-02-01,1.5,2.5,3.5,4.5\n2020-02-02,1.6,2.6,3.6,4.6",
        "lat=home_lat|lon=home_lon"),
    "full width and blanks": ("ｄａｔｅ , ＬＡＴ ,Lon.\n2020-02-01,1.5,2.5\n2020-02-02,1.6,2.6", "time=ｄａｔｅ |lat= ＬＡＴ |lon=Lon."),
    "ages, years, codes, telephones": (
        "date,lon,lat,confirmed,age,built,post,phone,line\n2020-02-01,1.5,2.5,30,40,1990,01234,4915112345678,1\n"
        "2020-02-02,1.6,2.6,40,51,2001,01235,4915112345679,2\n2020-02-03,1.7,2.7,41,52,2003,01299,4915112345111,3",
        "!age|!built|!post|!phone|!line|confirmed=confirmed"),
}


@pytest.mark.parametrize("name", FALSE_FRIENDS)
def test_false_friends(name: str) -> None:
    text, expected = FALSE_FRIENDS[name]
    used, _ = columns_of(text)
    for part in expected.split("|"):
        if part.startswith("!"):
            assert part[1:] not in used
        else:
            role, header = part.split("=")
            assert used.get(role) == header, used


def test_any_further_count_becomes_a_metric_and_others_say_why_not() -> None:
    text = (
        "date,lon,lat,confirmed,beds_taken,population,share_positive,mood,positives_pct,new_tests,tests\n"
        "2020-02-01,1.5,2.5,30,4,9000,0.25,3,25,10,100\n2020-02-02,1.6,2.6,40,5,9100,0.5,4,50,12,112")
    used, plan = columns_of(text)
    assert set(plan.metrics) == {"confirmed", "beds_taken", "mood", "tests"}
    assert "population" in plan.unused[5] and "rate" in plan.unused[6] and "rate" in plan.unused[8]
    assert "tests" in plan.unused[9]
    assert plan.currents == {"beds_taken"}


def test_numbers_without_a_word_for_counts_need_other_counts_beside_them() -> None:
    _, plan = columns_of("date,lon,lat,mood\n2020-02-01,1.5,2.5,3\n2020-02-02,1.6,2.6,4")
    assert not plan.metrics and "COLUMNS" in plan.unused[3]


def test_additions_are_used_where_there_are_no_totals() -> None:
    used, plan = columns_of(
        "date,lon,lat,total_cases,new_cases,new_deaths,new_tests\n2020-02-01,1.5,2.5,30,3,1,70\n2020-02-02,1.6,2.6,40,10,0,80")
    assert (used["confirmed"], used["deaths"], used["tests"]) == ("total_cases", "new_deaths", "new_tests")
    assert plan.increments == {"deaths", "tests"}
    assert "totals" in plan.unused[4]


def test_two_columns_for_one_metric_are_both_kept_unless_they_are_the_same() -> None:
    text = "date,lon,lat,confirmed,total_cases,confirmed_cases\n2020-02-01,1.5,2.5,30,30,33\n2020-02-02,1.6,2.6,40,40,44"
    used, plan = columns_of(text)
    assert used["confirmed"] == "confirmed" and used["confirmed_cases"] == "confirmed_cases"
    assert "same values" in plan.unused[4]
    assert plan.runners_up["confirmed"] == (4, 5)
    assert "next best is “total_cases”" in plan.reasons["confirmed"].reason


def test_two_headers_of_one_name_become_two_metrics() -> None:
    used, plan = columns_of("date,lon,lat,tests,tests\n2020-02-01,1.5,2.5,30,31\n2020-02-02,1.6,2.6,40,42")
    assert plan.metrics == {"tests": 3, "tests_2": 4}


RUNNERS_UP = {
    "the date has no clock": (
        "date,updateTime,lon,lat\n2020-02-01,2020-02-01 10:00,1.5,2.5\n2020-02-02,2020-02-02 11:00,1.6,2.6",
        "updateTime", "date", "has no time of day"),
    "two clocks": (
        "updateTime,pollTime,lon,lat\n2020-02-01 09:00,2020-02-01 10:00,1.5,2.5\n2020-02-02 09:00,2020-02-02 11:00,1.6,2.6",
        "updateTime", "pollTime", "stands further right"),
    "what the file knew": (
        "Date,Snapshot.Date,lon,lat\n2020-02-01,2020-02-03,1.5,2.5\n2020-02-02,2020-02-03,1.6,2.6",
        "Snapshot.Date", "Date", "header is less sure"),
    "start and end": (
        "end,start,lon,lat\n2020-02-03,2020-02-01,1.5,2.5\n2020-02-04,2020-02-02,1.6,2.6", "start", "end", "header is less sure"),
    "onset is hardly filled": (
        "date of onset,date of report,lon,lat\n,2020-02-01,1.5,2.5\n2020-02-01,2020-02-02,1.6,2.6\n,2020-02-02,1.6,2.6",
        "date of report", "date of onset", "filled in only 33%"),
    "not by its header": (
        "date,seen,lon,lat\n2020-02-01,2020-02-01,1.5,2.5\n2020-02-02,2020-02-02,1.6,2.6", "date", "seen", "does not say so"),
}


@pytest.mark.parametrize("name", RUNNERS_UP)
def test_the_runner_up_is_named_with_the_reason(name: str) -> None:
    text, best, other, why = RUNNERS_UP[name]
    headers = text.split("\n")[0].split(",")
    _, plan = columns_of(text)
    assert headers[plan.roles["time"]] == best
    assert f"next best is “{other}”, " in plan.reasons["time"].reason and why in plan.reasons["time"].reason
    assert plan.runners_up["time"] == (headers.index(other),)
    assert plan.unused[headers.index(other)] == f"“{best}” is used as time"


def test_naples_is_a_city() -> None:
    used, _ = columns_of("date,lon,lat,city,cases\n2020-02-01,14.25,40.85,NA,3\n2020-02-02,14.25,40.85,NA,4")
    assert used["city"] == "city"


def test_exchanged_headers_are_put_right_when_certain() -> None:
    rows = "\n".join(f"2020-02-{day:02d},30.{day}5,114.{day}5,{day}" for day in range(1, 13))
    used, plan = columns_of(f"date,lon,lat,confirmed\n{rows}")
    assert (used["lon"], used["lat"]) == ("lat", "lon")
    assert "exchanged" in plan.reasons["lon"].reason


def test_projected_coordinates_need_a_crs() -> None:
    text = "date,coordenada_x_utm,coordenada_y_utm\n2020-02-01,446.426.917,4.473.586.644\n2020-02-02,448606.8,4476216.4"
    used, plan = columns_of(text, projected=True)
    assert (used["lon"], used["lat"]) == ("coordenada_x_utm", "coordenada_y_utm")
    used, plan = columns_of("date,x,y\n2020-02-01,446426.9,4473586.6\n2020-02-02,448606.8,4476216.4")
    assert "lon" not in used and "CRS" in plan.unused[1] and "CRS" in plan.unused[2]


def test_with_a_crs_metres_come_before_degrees() -> None:
    text = "date,lon,lat,x,y\n2020-02-01,-3.63,40.4,446426.9,4473586.6\n2020-02-02,-3.60,40.4,448606.8,4476216.4"
    assert (columns_of(text, projected=True)[0]["lon"], columns_of(text)[0]["lon"]) == ("x", "lon")


def test_a_date_over_three_columns() -> None:
    used, _ = columns_of("year,month,day,lon,lat,cases\n2020,2,1,1.5,2.5,3\n2020,2,2,1.6,2.6,4")
    assert (used["year"], used["month"], used["day"]) == ("year", "month", "day") and "time" not in used
    used, _ = columns_of("Jahr,Monat,Tag,lon,lat,Fälle\n2020,2,1,1.5,2.5,3\n2020,2,2,1.6,2.6,4")
    assert {"year", "month", "day", "confirmed"} <= set(used)
    used, _ = columns_of("year,month,lon,lat,cases\n2020,2,1.5,2.5,3\n2020,2,1.6,2.6,4")
    assert not {"year", "month"} & set(used)


class TestOverrides:
    TEXT = "when,lon,lat,name,name,n\n2020-02-01,1.5,2.5,A,B,3\n2020-02-02,1.6,2.6,C,D,4"

    def test_by_header_by_number_and_whatever_the_case(self) -> None:
        used, plan = columns_of(self.TEXT, time=" WHEN ", place="#5", confirmed="n")
        assert (used["time"], plan.roles["place"], used["confirmed"]) == ("when", 4, "n")
        assert plan.reasons["place"].reason == "given by the user"

    def test_a_header_that_stands_twice_asks_for_the_number(self) -> None:
        with pytest.raises(AtlasError, match="2 columns “name”.*#4 or #5"):
            columns_of(self.TEXT, place="name")

    def test_of_headers_that_differ_in_case_the_one_to_the_letter_is_meant(self) -> None:
        _, plan = columns_of("date,City,city\n2020-02-01,A,B\n2020-02-02,C,D", city="city")
        assert plan.roles["city"] == 2

    @pytest.mark.parametrize("header", ["#0", "#7", "nowhere"])
    def test_what_is_not_there_is_refused(self, header: str) -> None:
        with pytest.raises(AtlasError, match=f"no column .*{header}"):
            columns_of(self.TEXT, place=header)

    def test_nothing_means_no_column(self) -> None:
        text = "date,lon,lat,city,confirmed,tests\n2020-02-01,1.5,2.5,A,3,9\n2020-02-02,1.6,2.6,B,4,10"
        used, plan = columns_of(text, city="", confirmed="", tests="")
        assert set(used) == {"time", "lon", "lat"}
        assert "the user wants no column" in plan.unused[4] and "the user wants no column" in plan.unused[5]
        assert not {"lon", "lat", "lonlat"} & set(columns_of(text, lon="")[0])

    def test_a_given_axis_keeps_its_partner(self) -> None:
        used, _ = columns_of("date,a_lon,a_lat,b_lon,b_lat\n2020-02-01,1.5,2.5,3.5,4.5\n2020-02-02,1.6,2.6,3.6,4.6", lon="b_lon")
        assert (used["lon"], used["lat"]) == ("b_lon", "b_lat")

    def test_a_given_pair_is_not_joined_by_others(self) -> None:
        text = "date,lon,lat,spot\n2020-02-01,1.5,2.5,\"1.51,2.51\"\n2020-02-02,1.6,2.6,\"1.61,2.61\""
        assert set(columns_of(text, lonlat="spot")[0]) == {"time", "lonlat"}

    def test_date_beside_a_clock(self) -> None:
        text = "d,t,lon,lat\n2020-02-01,10:30,1.5,2.5\n2020-02-02,11:30,1.6,2.6"
        used, _ = columns_of(text, date="d", time="t")
        assert (used["time"], used["time_of_day"]) == ("d", "t")


def test_a_column_that_the_sample_misses_is_found() -> None:
    rows = 4 * SAMPLE_ROWS
    frame = pd.DataFrame({0: ["2020-02-01"] * rows, 1: ["1.5"] * rows, 2: ["2.5"] * rows, 3: [""] * rows}, dtype=object)
    plan = plan_columns(["date", "lon", "lat", "deaths"], frame, {})
    assert plan.empty_counts == ("deaths",) and "empty" in plan.unused[3]
    frame.iloc[rows // 2 + 1, 3] = "7"
    assert plan_columns(["date", "lon", "lat", "deaths"], frame, {}).metrics == {"deaths": 3}


def test_categories_are_read_like_texts() -> None:
    text = BY_LANGUAGE["en: JHU"][0]
    headers, *rows = csv.reader(io.StringIO(text))
    frame = pd.DataFrame(rows, dtype=object)
    assert plan_columns(headers, frame.astype("category"), {}) == plan_columns(headers, frame, {})


def test_ten_thousand_columns_are_planned_in_seconds() -> None:
    headers = ["date", "lon", "lat", *(f"thing {at} of cases" for at in range(9_997))]
    cells = {0: ["2020-02-01"] * 50, 1: ["1.5"] * 50, 2: ["2.5"] * 50}
    frame = pd.DataFrame({**cells, **{at: ["1", "2"] * 25 for at in range(3, 10_000)}}, dtype=object)
    began = time.perf_counter()
    plan = plan_columns(headers, frame, {})
    assert time.perf_counter() - began < 10
    assert set(plan.roles) == {"time", "lon", "lat"} and 0 < len(plan.metrics) <= 100
    assert "more than 100 counts" in plan.unused[9_999]


def test_a_header_without_any_word_is_silent() -> None:
    assert read_header("column 12").silent and read_header("").silent and read_header("#").silent
    assert not read_header("columns").silent


SHARED = {
    "cn_city_updates/toutiao_city_changes.csv.gz":
        "time=updateTime|lon=lon|lat=lat|province=province_zh|city=city_zh|code=adcode|confirmed=confirmed"
        "|suspected=suspected|recovered=cured|deaths=dead",
    "cn_city_updates/raw/Wuhan-2019-nCoV_2020-02-12.csv":
        "time=date|country=country|province=province|city=city|code=cityCode|confirmed=confirmed|suspected=suspected"
        "|recovered=cured|deaths=dead",
    "cn_city_updates/raw/Wuhan-2019-nCoV_2020-04-30.csv.gz":
        "time=date|country=country|province=province|city=city|code=cityCode|confirmed=confirmed|suspected=suspected"
        "|recovered=cured|deaths=dead",
    "cn_official_daily/china_provincedata.csv":
        "time=dateId|province=provinceName|confirmed=confirmedCount|suspected=suspectedCount|recovered=curedCount"
        "|deaths=deadCount|active=currentConfirmedCount",
    "cn_official_daily/mainland_sum.csv":
        "time=dateId|confirmed=confirmedCount|suspected=suspectedCount|recovered=curedCount|deaths=deadCount"
        "|provinces_reporting=provinces_reporting",
    "cn_official_daily/toutiao_country_province_daily.csv.gz":
        "time=date|country=country|province=province|code=provinceCode|confirmed=confirmed|suspected=suspected"
        "|recovered=cured|deaths=dead",
    "cn_epidemic_places_2020/pois_snapshots.csv.gz": "time=snapshot_time|lon=lon|lat=lat|place=poi_name|kind=tag",
    "cn_epidemic_places_2020/city_counts_snapshots.csv":
        "time=snapshot_time|lon=city_lon|lat=city_lat|province=province_name|city=city_name|code=city_id|city_count=city_count",
    "cn_epidemic_places_2020/raw/Pois_gb18030.csv": "lon=lon|lat=lat|place=poi_name|kind=tag",
    "cn_case_visits_2020/place_visits.csv.gz": "time=时间|lonlat=经纬度|province=省份|city=城市|place=地点",
    "cn_beijing_2022_places/beijing_places.csv": "time=日期|lon=经度|lat=纬度|city=市|place=居住地",
    "cn_gazetteer/cn_adcode_gazetteer.csv": "lon=lon_amap|lat=lat_amap|level=level|code=adcode",
    "us_carceral_facilities/facility_counts_snapshots.csv.gz":
        "time=Snapshot.Date|lon=Longitude|lat=Latitude|province=State|city=City|place=Name|code=Facility.ID"
        "|confirmed=Residents.Confirmed|deaths=Residents.Deaths|active=Residents.Active|staff_confirmed=Staff.Confirmed"
        "|staff_deaths=Staff.Deaths|staff_active=Staff.Active|residents_tested=Residents.Tested"
        "|residents_tadmin=Residents.Tadmin|residents_initiated=Residents.Initiated|staff_initiated=Staff.Initiated"
        "|residents_completed=Residents.Completed|staff_completed=Staff.Completed|residents_vadmin=Residents.Vadmin"
        "|staff_vadmin=Staff.Vadmin",
    "kr_routes/routes.csv": "time=start|lon=longitude|lat=latitude|province=province|kind=type",
    "kr_routes/seoul_routes.csv": "time=start|lon=longitude|lat=latitude|province=province|city=city|kind=type",
    "tw_dengue_2023/64000_kaohsiung.csv.gz":
        "time=發病日|lon=最小統計區中心點X|lat=最小統計區中心點Y|province=居住縣市|city=居住鄉鎮|place=居住村里|confirmed=確定病例數",
    "tw_dengue_2023/67000_tainan.csv.gz":
        "time=發病日|lon=最小統計區中心點X|lat=最小統計區中心點Y|province=居住縣市|city=居住鄉鎮|place=居住村里|confirmed=確定病例數",
    "it_provinces_daily/dpc-covid19-ita-province-20200430.csv":
        "time=data|lon=long|lat=lat|country=stato|province=denominazione_regione|city=denominazione_provincia"
        "|code=codice_provincia|confirmed=totale_casi",
    "world_earthquakes/all_month.csv.gz": "time=time|lon=longitude|lat=latitude|place=place|kind=type",
    "odd_formats/br_sp_municipios_latin1_semicolon.csv":
        "lon=Longitude|lat=Latitude|city=Município|code=Cód IBGE|confirmed=Mun_Total de casos|deaths=Mun_Total de óbitos",
    "odd_formats/es_madrid_bike_accidents_2021.csv": "time=fecha|time_of_day=hora|place=localizacion|city=distrito",
    "odd_formats/ug_ebola_2022/Surveillance_data_Ebola_outbreak_by_subcounty.csv":
        "time=Date as of|city=District|place=SubCounty|confirmed=CumCases|deaths=CumDeaths",
    "odd_formats/ug_ebola_2022/Surveillance_data_Ebola_outbreak_by_district.csv":
        "time=Date as of|city=District|confirmed=CumCases|deaths=CumDeaths|confcases=ConfCases|confdeaths=ConfDeaths"
        "|confhcwcases=ConfHCWcases|cumhcwcases=CumHCWCases|confhcwdeaths=ConfHCWDeaths|cumhcwdeaths=CumHCWDeaths",
}


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SHARED)
def test_the_columns_of_real_datasets(name: str, shared_data: Path) -> None:
    table = read_table(shared_data / name)
    plan = plan_columns(table.headers, table.frame, {})
    used = {role: table.headers[at] for role, at in {**plan.roles, **plan.metrics}.items()}
    assert used == pairs(SHARED[name])


@pytest.mark.shared_data
def test_planning_the_main_dataset_takes_a_blink(shared_data: Path) -> None:
    table = read_table(shared_data / "cn_city_updates/toutiao_city_updates.csv.gz")
    plan_columns(table.headers, table.frame, {})
    began = time.process_time()
    plan = plan_columns(table.headers, table.frame, {})
    assert time.process_time() - began < 0.08 * 2, "twice the goal: the machine may be busy"
    assert plan.reasons["time"].reason.endswith("next best is “date”, which has no time of day")


@pytest.mark.shared_data
def test_madrid_s_coordinates_are_found_with_a_crs(shared_data: Path) -> None:
    table = read_table(shared_data / "odd_formats/es_madrid_bike_accidents_2021.csv")
    plan = plan_columns(table.headers, table.frame, {}, projected=True)
    assert table.headers[plan.roles["lon"]] == "coordenada_x_utm"
    assert table.headers[plan.roles["lat"]] == "coordenada_y_utm"
