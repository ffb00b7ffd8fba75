# What is run before a change is offered, and what `.ci/run` runs.
ready: format lint test docs

format:
    cargo fmt --check

lint:
    cargo lint

test:
    cargo test --no-default-features

docs:
    RUSTDOCFLAGS=-Dwarnings cargo docs

# Takes over changed snapshots, schemas and tables of the README.
update:
    UPDATE=1 INSTA_UPDATE=always cargo test --no-default-features

bench:
    cargo bench --no-default-features
