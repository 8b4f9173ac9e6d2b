package io.kindling.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kindling.device.Fingerprint;
import org.jspecify.annotations.Nullable;

/**
 * What {@code status.json} holds, its keys in snake_case; what is not known is left out.
 *
 * @param configSha256 {@link io.kindling.conf.RunConfig#sha256()}
 * @param stopSha256 {@link io.kindling.conf.RunConfig#stopSha256()}
 * @param identity what else decides the bits
 * @param epochs complete ones
 * @param steps optimizer steps
 * @param skippedSteps how many of them were left out, because their loss or gradient was not finite
 * @param examplesSeen training examples, each counted in every epoch
 * @param kernels that computed, the same in every process of the run
 * @param weightsSha256 over parameters and buffers in the order of their names, little-endian
 * @param started when, ISO 8601
 * @param updated when this was written
 */
public record RunStatus(
    State state,
    String runId,
    String configSha256,
    @Nullable String stopSha256,
    @Nullable Identity identity,
    int epochs,
    long steps,
    @Nullable Long skippedSteps,
    long examplesSeen,
    Metrics metrics,
    StepBudget.@Nullable Means stepBudgetMs,
    @Nullable NativeMemory nativeMemory,
    @Nullable Fingerprint kernels,
    @Nullable String weightsSha256,
    @Nullable RunError error,
    String started,
    String updated) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /** How far a run is. */
  public enum State {
    RUNNING,
    SUCCEEDED,
    FAILED
  }

  public String toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a status is always writable", e);
    }
  }

  /** Reads what {@link #toJson} wrote; null for anything else. */
  public static @Nullable RunStatus parse(String json) {
    try {
      RunStatus status = JSON.readValue(json, RunStatus.class);
      boolean whole = status != null && status.state != null && status.configSha256 != null;
      return whole ? status : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  /** Any record on one line, as in {@code metrics.jsonl}. */
  static String line(Object record) {
    try {
      return JSON.writeValueAsString(record);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record is always writable", e);
    }
  }

  /** Any record as JSON for people. */
  public static String pretty(Object record) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record is always writable", e);
    }
  }
}
