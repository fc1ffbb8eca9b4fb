# Build: docker build --build-arg PG_MAJOR=18 -t postgres-pgext .
# Run it like the image postgres, then CREATE EXTENSION pgext in a database.

ARG PG_MAJOR=18

# The image sets PG_MAJOR inside, too.
FROM postgres:$PG_MAJOR AS build
ENV PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
RUN apt-get update && apt-get install -y --no-install-recommends \
	gcc libc6-dev libxxhash-dev make postgresql-server-dev-$PG_MAJOR
COPY . /usr/src/pgext
RUN make -C /usr/src/pgext -j"$(nproc)" && \
	make -C /usr/src/pgext install DESTDIR=/install

FROM postgres:$PG_MAJOR
COPY --from=build /install /
