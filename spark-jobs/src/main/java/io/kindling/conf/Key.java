package io.kindling.conf;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the configuration's reader knows of a record component beyond its name and type. A component
 * without a default is required, unless it is {@code @Nullable}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Key {
  /** The default in YAML; empty when there is none. */
  String value() default "";

  /** The key, where it is not the component's name in snake_case. */
  String name() default "";

  /** Whether another value may lead to another result; see {@link RunConfig#sha256()}. */
  boolean decides() default true;

  /** Whether it only decides where the run stops; see {@link RunConfig#stopSha256()}. */
  boolean stops() default false;
}
