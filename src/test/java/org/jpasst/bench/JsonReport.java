package org.jpasst.bench;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Locale;

/** The results for programs: every value of every round. */
final class JsonReport {
  private final Results results;
  private final Environment environment;

  JsonReport(Results results, Environment environment) {
    this.results = results;
    this.environment = environment;
  }

  /** A JSON document: {@code environment}, {@code cells} and {@code failures}. */
  String text() {
    JsonObject about = new JsonObject();
    environment.facts().forEach(about::addProperty);
    JsonArray cells = new JsonArray();
    results.cells().forEach(each -> cells.add(cell(each)));
    JsonArray failures = new JsonArray();
    results.failures().forEach(failures::add);
    JsonObject document = new JsonObject();
    document.add("environment", about);
    document.add("cells", cells);
    document.add("failures", failures);
    return new GsonBuilder().setPrettyPrinting().create().toJson(document) + "\n";
  }

  private JsonObject cell(Cell cell) {
    JsonObject object = new JsonObject();
    object.addProperty("id", cell.id());
    object.addProperty("group", cell.group().name().toLowerCase(Locale.ROOT));
    object.addProperty("title", cell.title());
    for (String candidate : results.candidates()) {
      JsonObject metrics = new JsonObject();
      for (Metric metric : cell.metrics()) {
        results
            .statistics(cell, candidate, metric)
            .ifPresent(each -> metrics.add(name(metric), values(cell, candidate, metric, each)));
      }
      results.series(cell, candidate).forEach(each -> metrics.add(each.title(), series(each)));
      object.add(candidate, metrics);
    }
    return object;
  }

  private JsonObject values(Cell cell, String candidate, Metric metric, Statistics statistics) {
    JsonArray rounds = new JsonArray();
    results.values(cell, candidate, metric).forEach(rounds::add);
    JsonObject object = new JsonObject();
    object.addProperty("unit", metric.unit());
    object.addProperty("median", statistics.median());
    object.addProperty("least", statistics.least());
    object.addProperty("most", statistics.most());
    object.add("rounds", rounds);
    return object;
  }

  private static JsonObject series(Series series) {
    JsonObject object = new JsonObject();
    object.addProperty("unit", series.unit());
    for (int i = 0; i < series.slots().size(); i++) {
      object.addProperty(series.slots().get(i), series.values().get(i));
    }
    return object;
  }

  private static String name(Metric metric) {
    return metric.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
