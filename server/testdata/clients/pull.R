# Pull the codings and the newest release of a study from Dossierlens.
#
#   DOSSIERLENS_TOKEN=... Rscript pull.R https://dossiers.example.nl STUDY
#
# The token is made on the page Releases and may fetch codings and releases.
# It comes from the environment, for command lines are seen by everybody.
# Needs R and nothing beside it.

arguments <- commandArgs(trailingOnly = TRUE)
base <- arguments[1]
study <- arguments[2]

ask <- function(path) {
  url(paste0(base, path), headers = c(Authorization = paste("Bearer", Sys.getenv("DOSSIERLENS_TOKEN"))))
}

codings <- read.csv(ask(sprintf("/api/v1/studies/%s/codings.csv", study)), colClasses = "character", encoding = "UTF-8")
cat(nrow(codings), "codings\n")
print(table(codings$variable, codings$missing))

connection <- ask(sprintf("/api/v1/releases/latest?study=%s", study))
release <- readLines(connection, warn = FALSE)
close(connection)
id <- sub('^\\{"id":"([^"]+)".*', "\\1", release)
figures <- read.csv(ask(sprintf("/api/v1/studies/%s/releases/%s/files/observations.csv", study, id)), colClasses = "character")
cat("release", id, "with", nrow(figures), "figures\n")
