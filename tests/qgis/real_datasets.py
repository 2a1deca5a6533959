"""The real datasets and what a person has to say about each, for the tests and for `./run bench datasets`."""
from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

GAZETTEER = "cn_gazetteer/cn_adcode_gazetteer.csv"


@dataclass(frozen=True)
class RealDataset:
    """`files`: a pattern below the folder of the real datasets; `options`: parameters of `loaddataset`, a path
    for `GAZETTEER`; `refused`: words of the error where nothing can be made of the file as it is."""

    name: str
    files: str
    options: dict[str, object] = field(default_factory=dict)
    refused: tuple[str, ...] = ()

    def paths(self, folder: Path) -> list[Path]:
        return sorted(folder.glob(self.files))

    def parameters(self, folder: Path) -> dict[str, object]:
        """The options as `loaddataset` takes them."""
        given = dict(self.options)
        if "GAZETTEER" in given:
            given["GAZETTEER"] = str(folder / str(given["GAZETTEER"]))
        return given

    @property
    def words(self) -> str:
        """The options as one reads them."""
        return " ".join(f"{key}={Path(str(value)).name}" for key, value in self.options.items())


CN, PLACES, OFFICIAL, ODD = "cn_city_updates", "cn_epidemic_places_2020", "cn_official_daily", "odd_formats"
LOADED = (
    RealDataset("toutiao_updates", f"{CN}/toutiao_city_updates.csv.gz"),
    RealDataset("toutiao_changes", f"{CN}/toutiao_city_changes.csv.gz"),
    RealDataset("toutiao_raw_february", f"{CN}/raw/*2020-02-12.csv", {"GAZETTEER": GAZETTEER}),
    RealDataset("toutiao_raw_april", f"{CN}/raw/*2020-04-30.csv.gz", {"GAZETTEER": GAZETTEER}),
    RealDataset("provinces_csv", f"{OFFICIAL}/china_provincedata.csv", {"GAZETTEER": GAZETTEER}),
    RealDataset("provinces_xlsx", f"{OFFICIAL}/china_provincedata.xlsx", {"GAZETTEER": GAZETTEER}),
    RealDataset("country_and_provinces", f"{OFFICIAL}/toutiao_country_province_daily.csv.gz", {"GAZETTEER": GAZETTEER}),
    RealDataset("places_snapshots", f"{PLACES}/pois_snapshots.csv.gz"),
    RealDataset("places_per_city", f"{PLACES}/city_counts_snapshots.csv"),
    RealDataset("places_gb18030", f"{PLACES}/raw/Pois_gb18030.csv", {"REPORT_DATE": "2020-04-24"}),
    RealDataset("cities_gb18030", f"{PLACES}/raw/City_gb18030.csv", {"REPORT_DATE": "2020-04-24"}),
    RealDataset("case_visits", "cn_case_visits_2020/place_visits.csv.gz", {"YEAR": 2020}),
    RealDataset("beijing_places", "cn_beijing_2022_places/beijing_places.csv"),
    RealDataset("us_facilities", "us_carceral_facilities/facility_counts_snapshots.csv.gz"),
    RealDataset("kr_routes", "kr_routes/routes.csv"),
    RealDataset("kr_seoul_routes", "kr_routes/seoul_routes.csv"),
    RealDataset("dengue_kaohsiung", "tw_dengue_2023/64000_kaohsiung.csv.gz"),
    RealDataset("dengue_tainan", "tw_dengue_2023/67000_tainan.csv.gz"),
    RealDataset("it_provinces", "it_provinces_daily/*.csv"),
    RealDataset("earthquakes", "world_earthquakes/all_month.csv.gz"),
    RealDataset("br_municipalities", f"{ODD}/br_sp_municipios_latin1_semicolon.csv", {"REPORT_DATE": "2020-04-10"}),
    RealDataset("es_bike_accidents", f"{ODD}/es_madrid_bike_accidents_2021.csv", {"CRS": "EPSG:25830"}),
)
#: Refused as they are: the words name the file and what to give.
REFUSED = (
    RealDataset("toutiao_raw_february", f"{CN}/raw/*2020-02-12.csv", {}, ("no coordinates", "GAZETTEER")),
    RealDataset("provinces_csv", f"{OFFICIAL}/china_provincedata.csv", {}, ("no coordinates", "GAZETTEER")),
    RealDataset("mainland_sum", f"{OFFICIAL}/mainland_sum.csv", {}, ("no coordinates", "GAZETTEER")),
    RealDataset("places_gb18030", f"{PLACES}/raw/Pois_gb18030.csv", {}, ("no column with dates", "REPORT_DATE")),
    RealDataset("cities_gb18030", f"{PLACES}/raw/City_gb18030.csv", {}, ("no column with dates", "REPORT_DATE")),
    RealDataset("gazetteer", GAZETTEER, {}, ("no column with dates", "REPORT_DATE")),
    RealDataset("case_visits", "cn_case_visits_2020/place_visits.csv.gz", {}, ("row ", "YEAR")),
    RealDataset("burkitt", "burkitt_uganda/burkitt.shp", {}, ("row ", "CRS")),
    RealDataset("br_municipalities", f"{ODD}/br_sp*.csv", {}, ("no column with dates", "REPORT_DATE")),
    RealDataset("es_bike_accidents", f"{ODD}/es_madrid*.csv", {}, ("row ", "CRS")),
    RealDataset("ebola_districts", f"{ODD}/ug_ebola_2022/*by_district.csv", {}, ("no coordinates", "GAZETTEER")),
    RealDataset("ebola_subcounties", f"{ODD}/ug_ebola_2022/*by_subcounty.csv", {}, ("no coordinates", "GAZETTEER")),
)


def files_without_a_dataset(folder: Path) -> list[Path]:
    """Data files that no dataset above takes: there should be none."""
    taken = {path for dataset in (*LOADED, *REFUSED) for path in dataset.paths(folder)}
    parts = {path for path in folder.rglob("*") if path.suffix in {".dbf", ".shx"}}  # of a shapefile
    files = {path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"}
    return sorted(files - taken - parts)
