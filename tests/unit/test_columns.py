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
