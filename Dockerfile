# The program `hourglass` on Debian 12, without root: by default it serves /models/model.h5.
#
#     docker build -t hourglass .
#     docker run --rm -p 8080:8080 -v "$PWD/models:/models:ro" -v "$PWD/token:/run/secrets/token:ro" hourglass
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ cmake ninja-build pkg-config libopenblas-pthread-dev \
      libtbb-dev libhdf5-dev libfmt-dev librandom123-dev libpng-dev libjpeg-dev zlib1g-dev libssl-dev libcli11-dev \
      nlohmann-json3-dev libcpp-httplib-dev \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN cmake -S /source -B /build -G Ninja -DCMAKE_BUILD_TYPE=Release -DHOURGLASS_TESTS=OFF -DHOURGLASS_EXAMPLES=OFF \
      -DHOURGLASS_BENCH=OFF \
    && cmake --build /build --target hourglass_program \
    && strip -o /hourglass /build/app/hourglass

FROM debian:12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libopenblas0-pthread libtbb12 libhdf5-103-1 libfmt9 \
      libpng16-16 libjpeg62-turbo zlib1g libssl3 libcpp-httplib0.11 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home hourglass
COPY --from=build /hourglass /usr/local/bin/hourglass
USER hourglass
EXPOSE 8080
ENTRYPOINT ["hourglass"]
# Others reach what is in a container, so it asks for a token: see docs/service.md.
CMD ["serve", "/models/model.h5", "--host", "0.0.0.0", "--token", "/run/secrets/token"]
